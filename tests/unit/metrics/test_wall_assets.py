"""What the browser is given: every file that the page names, cached rightly, nothing inline."""

import hashlib
import re
from pathlib import Path

import pytest

from services.metrics.api.wall import load_assets
from services.metrics.testing import Service
from shared.testing.http import AppClient

PAGE = Path(__file__).parents[3] / "services" / "metrics" / "wall_page"


@pytest.fixture
def client(service: Service) -> AppClient:
    return service.api()


def test_the_page_allows_no_inline_code_and_no_other_host(client: AppClient) -> None:
    answer = client.get("/wall")

    policy = answer.headers["content-security-policy"]
    assert "unsafe-inline" not in policy
    assert "default-src 'none'" in policy
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "<style" not in answer.text
    assert " style=" not in answer.text
    assert not re.search(r"<script(?![^>]*\bsrc=)", answer.text)


def test_every_file_that_the_page_names_is_served(client: AppClient) -> None:
    named = re.findall(r'(?:href|src)="(wall/[^"]+)"', client.get("/wall").text)

    assert len(named) > 5
    assert all(client.get(f"/{name}").status_code == 200 for name in named)


def test_every_module_imports_files_that_exist_and_names_they_export() -> None:
    assets = load_assets()
    for name, asset in assets.items():
        if not name.endswith(".js") or name.startswith("vendor/"):
            continue
        source = asset.body.decode()
        for statement in re.finditer(r'import \{([^}]*)\} from "\./([^"]+)";', source):
            other = assets[statement[2]].body.decode()
            for imported in (part.strip() for part in statement[1].split(",") if part.strip()):
                exported = re.search(
                    rf"export (?:async )?(?:function|const|class) {imported}\b", other
                ) or re.search(rf"export \{{[^}}]*\b{imported}\b", other)
                assert exported, f"{name} imports {imported} of {statement[2]}"


def test_no_imported_name_is_left_unused() -> None:
    for name, asset in load_assets().items():
        if name.endswith(".js") and not name.startswith("vendor/"):
            source = asset.body.decode()
            for statement in re.finditer(r'import \{([^}]*)\} from "\./[^"]+";', source):
                rest = source.replace(statement[0], "")
                for imported in (part.strip() for part in statement[1].split(",")):
                    assert not imported or re.search(rf"\b{imported}\b", rest), (
                        f"{name}: {imported}"
                    )


def test_our_own_files_are_asked_for_each_time_and_unchanged_ones_not_sent(
    client: AppClient,
) -> None:
    first = client.get("/wall/main.js")
    again = client.get("/wall/main.js", headers={"If-None-Match": first.headers["etag"]})

    assert first.headers["cache-control"] == "no-cache"
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]


def test_vendored_files_are_kept_for_good_because_their_name_says_the_version(
    client: AppClient,
) -> None:
    answer = client.get("/wall/vendor/echarts-6.1.0.min.js")

    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"


def test_what_is_no_file_of_the_page_is_a_problem_document(client: AppClient) -> None:
    for path in (
        "/wall/nothing.js",
        "/wall/__init__.py",
        "/wall/vendor/LICENSE",
        "/wall/../main.py",
    ):
        answer = client.get(path)
        assert answer.status_code == 404


def test_the_chart_library_is_the_one_whose_checksum_is_noted() -> None:
    noted = re.search(
        r"sha256\s+([0-9a-f]{64})", (PAGE / "vendor" / "README.md").read_text("utf-8")
    )
    (library,) = (PAGE / "vendor").glob("echarts-*.min.js")

    assert noted is not None
    assert hashlib.sha256(library.read_bytes()).hexdigest() == noted[1]
    assert {"LICENSE", "NOTICE"} <= {file.name for file in (PAGE / "vendor").iterdir()}
