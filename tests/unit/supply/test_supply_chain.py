"""What is pinned has hashes and a licence we accept; files of others are what they say they are."""

import json
import re
from pathlib import Path

import pytest

from shared.testing.supply import (
    ACCEPTED,
    LOCKS,
    PAGE,
    ROOT,
    RUNTIME,
    VENDORED,
    checksum,
    licence_of,
    licences_page,
    pins,
    sbom,
    unaccepted,
)

_PACKAGE = re.compile(
    r"^[A-Za-z0-9_.-]+(?:\[[^\]]*\])?==.*?(?=^[A-Za-z0-9]|\Z)", re.MULTILINE | re.DOTALL
)
_HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


@pytest.mark.parametrize("lock", sorted(LOCKS.glob("*.lock")), ids=lambda path: path.name)
def test_every_pin_of_a_lock_has_hashes_and_no_index_of_its_own(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    packages = _PACKAGE.findall(text)

    assert len(packages) == len(pins(lock)) > 0
    assert [each.split()[0] for each in packages if not _HASH.search(each)] == []
    assert "://" not in text


@pytest.mark.parametrize("package", sorted({name for name, _ in pins(RUNTIME)}))
def test_every_package_at_run_time_has_an_accepted_licence(package: str) -> None:
    assert unaccepted(licence_of(package)) == []


def test_the_licence_page_is_that_of_the_lock() -> None:
    assert PAGE.read_text(encoding="utf-8") == licences_page(), (
        "run `.venv/bin/python -m shared.testing.supply licences`"
    )


@pytest.mark.parametrize(
    ("expression", "lacking"),
    [
        ("MIT", []),
        ("GPL-3.0-only", ["GPL-3.0-only"]),
        ("GPL-3.0-only OR MIT", []),
        ("MIT AND SSPL-1.0", ["SSPL-1.0"]),
        (None, ["unknown"]),
    ],
)
def test_a_licence_that_is_not_accepted_is_named(
    expression: str | None, lacking: list[str]
) -> None:
    assert unaccepted(expression) == lacking


@pytest.mark.parametrize("file", VENDORED, ids=lambda file: file.name)
def test_a_file_of_others_is_unchanged_and_has_its_licence_beside_it(file: object) -> None:
    vendored = next(each for each in VENDORED if each is file)

    assert checksum(vendored.file) == vendored.sha256
    assert vendored.version in (ROOT / vendored.file).read_text(encoding="utf-8")
    assert all((ROOT / name).stat().st_size > 100 for name in vendored.licence_files)
    assert set(vendored.licence.split(" AND ")) <= ACCEPTED


def test_no_script_or_style_of_others_is_missing_from_the_list() -> None:
    folders = [ROOT / "services", ROOT / "shared", ROOT / "clusterwatch"]
    minified = {
        str(path.relative_to(ROOT))
        for folder in folders
        for path in folder.rglob("*.min.*")
        if path.suffix in {".js", ".css"}
    }

    assert minified == {each.file for each in VENDORED}


def test_the_bill_of_materials_is_the_same_twice_and_names_everything() -> None:
    first = sbom()

    bill = json.loads(first)
    names = {component["name"].lower() for component in bill["components"]}
    assert first == sbom()
    assert {name for name, _ in pins(RUNTIME)} <= names
    assert {each.name for each in VENDORED} <= names
    assert "timestamp" not in bill.get("metadata", {})
