"""`clusterwatch publications` against the read API over a real store."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from clusterwatch.commands.publications import app
from services.metrics.testing import NOW, Service
from shared.plans import load_catalogue
from shared.testing.clock import FixedClock
from shared.testing.facts import fact, membership
from shared.testing.serving import served
from shared.testing.stores import migrated_store

BEARINGS = "szah-lb-bearings"
MONTH = ["suzhou-2027", "2026-05"]


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with migrated_store("metrics", tmp_path) as engine:
        made = Service(engine, load_catalogue(), FixedClock(NOW))
        members = [membership(BEARINGS, firm, "2023-01") for firm in "abcd"]
        reports = [fact(BEARINGS, firm, "2026-05", ytd=100 * 10**6) for firm in "abcd"]
        made.feed([*members, *reports])
        yield made


def run(address: str, *words: str) -> tuple[int, str]:
    wide = {"COLUMNS": "200"}
    done = CliRunner().invoke(app, [*words, "--metrics", address], env=wide)
    return done.exit_code, done.output


def test_a_month_is_published_listed_and_compared(service: Service) -> None:
    with served(service.app(masking=False)) as address:
        published = run(address, "publish", *MONTH, "--who", "王工", "--note", "第5期")
        again = run(address, "publish", *MONTH, "--who", "王工")
        service.feed([fact(BEARINGS, "a", "2026-05", ytd=160 * 10**6, version=2)])
        listed = run(address, "list")
        corrected = run(address, "corrections", *MONTH)

    assert published[0] == 0
    assert again[0] == 1
    assert "was published on" in " ".join(again[1].split())
    assert "第5期" in listed[1]
    assert "460,000,000" in corrected[1]
    assert "1 units corrected" in corrected[1]


def test_a_service_that_is_away_is_named_with_what_to_do() -> None:
    code, output = run("http://127.0.0.1:1", "list")

    assert code == 1
    assert "metrics at http://127.0.0.1:1 does not answer" in " ".join(output.split())
