"""What is odd about standing lines: counted while it holds, listed by token, never refused."""

from collections.abc import Callable
from itertools import permutations
from typing import Any

import pytest

from services.ingest.adapters.warning_store import warned_lines
from services.ingest.domain.subjects import project
from services.ingest.domain.warnings import Warned, line_warnings
from services.ingest.testing import line
from shared.storage import reading
from shared.testing.events import Body, funds, investment, output, records, registration

OUTPUT, INVESTMENT = "stats.output.v1", "stats.investment.v1"
APRIL = output(period="2026-04", month=10, ytd=60)
MAY = output(event_id="may", period="2026-05", month=15, ytd=80)
BETTER = {**MAY, "event_id": "may2", "revision": 2, "month": 20}


def found(body: Body, before: Body | None = None) -> set[Warned]:
    return set(line_warnings(line(body), None if before is None else line(before)))


def standing(ingest: Any) -> dict[str, dict[str, int]]:
    """Warnings that hold now."""
    counts: dict[str, dict[str, int]] = ingest.warnings()
    return {
        topic: held
        for topic, names in counts.items()
        if (held := {n.removeprefix("standing:"): c for n, c in names.items() if c and ":" in n})
    }


def test_the_month_must_lead_from_one_year_to_date_to_the_next() -> None:
    assert found(MAY, APRIL) == {Warned.YTD_IDENTITY_MISMATCH}
    assert found(BETTER, APRIL) == set()
    assert found(MAY) == set()  # nothing to compare with
    assert found({**MAY, "month": None}, APRIL) == set()


def test_january_and_february_begin_the_year() -> None:
    december = output(period="2025-12", ytd=900)
    first = output(period="2026-02", month=7, ytd=7)
    assert found(first, december) == set()
    assert found({**first, "month": None}) == set()
    assert found({**first, "month": 3}) == {Warned.YTD_IDENTITY_MISMATCH}


def test_more_invested_than_planned_is_odd() -> None:
    assert found(investment(since_start=52_001)) == {Warned.SINCE_START_ABOVE_PLANNED_TOTAL}
    assert found(investment(since_start=52_000)) == set()


@pytest.mark.parametrize("build", [investment, funds])
def test_what_was_received_does_not_fall_without_a_revision(build: Callable[..., Body]) -> None:
    april = build(period="2026-04", ytd=100, month=None)
    may = build(period="2026-05", ytd=90, month=None)
    assert found(may, april) == {Warned.YTD_FELL_WITHOUT_REVISION}
    assert found({**may, "revision": 2}, april) == set()
    assert found({**may, "ytd": 100}, april) == set()


def test_output_may_fall_after_a_return_of_goods() -> None:
    assert found(output(period="2026-05", month=-10, ytd=50), APRIL) == set()


def test_the_order_of_arrival_does_not_matter(ingest: Any) -> None:
    for order in permutations([registration(), APRIL, MAY]):
        ingest.empty()
        for body in order:
            ingest.take(records([body]))
        assert standing(ingest) == {OUTPUT: {"ytd_identity_mismatch": 1}}


def test_a_better_revision_takes_the_warning_back(ingest: Any) -> None:
    ingest.take(records([APRIL, MAY, BETTER]))
    assert standing(ingest) == {}
    ingest.take(records([{**APRIL, "revision": 2, "ytd": 61}]))
    assert standing(ingest) == {OUTPUT: {"ytd_identity_mismatch": 1}}


def test_a_warned_report_counts_all_the_same(ingest: Any) -> None:
    ingest.take(records([registration(), APRIL, MAY]))
    summary = ingest.summary()
    assert (summary["applied"], summary["dead_lettered"]) == (3, 0)
    amounts = {fact.ytd for fact in ingest.live_facts().values() if fact.period == "2026-05"}
    assert amounts == {80_000}  # 千元: the year-to-date wins


def test_unknown_fields_are_counted_not_refused(ingest: Any) -> None:
    bodies: list[Body] = [
        {**funds(), "colour": "red"},
        {**investment(2), "colour": "red", "taste": 1},
    ]
    ingest.take(records(bodies))
    assert ingest.summary()["applied"] == 2
    assert ingest.warnings()[INVESTMENT]["unknown_fields"] == 2
    assert ingest.warnings()["stats.funds.v1"]["unknown_fields"] == 1


def test_warned_lines_are_listed_page_by_page(ingest: Any) -> None:
    bodies = [investment(n, since_start=60_000, ytd=1, month=None) for n in range(1, 6)]
    ingest.take(records([*bodies, APRIL, MAY]))

    def page(after: int, **wanted: Any) -> list[Any]:
        chosen = {"topic": None, "warning": None, **wanted}
        with reading(ingest.engine) as connection:
            return list(warned_lines(connection, after=after, limit=2, **chosen))

    seen, after = [], 0
    while items := page(after):
        seen += items
        after = items[-1].id
    assert len(seen) == 6
    wanted = Warned.SINCE_START_ABOVE_PLANNED_TOTAL
    first = page(0, topic=INVESTMENT, warning=wanted)[0]
    assert first.subject == project("2603-341323-0001")
    assert (first.indicator, first.period, first.warnings) == ("investment", "2026-05", (wanted,))
    assert page(0, topic=INVESTMENT, warning=Warned.YTD_IDENTITY_MISMATCH) == []
