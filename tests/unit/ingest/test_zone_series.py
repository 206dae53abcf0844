"""Figures of zones: one series for each place; of periods that end together the longest stands."""

from itertools import permutations
from typing import Any

import pytest

from shared.events.facts import Fact
from shared.testing.events import Body, figure, records
from shared.testing.plans import BEARINGS, CITY

MONTH = figure(event_id="m", period="2026-12", value=81)
QUARTER = figure(event_id="q", period="2026-Q4", value=82)
YEAR = figure(event_id="y", period="2026", value=83)


def live(ingest: Any) -> dict[tuple[str, str], int | None]:
    """Values by indicator and period, in hundredths of a per cent."""
    facts: list[Fact] = list(ingest.live_facts().values())
    assert all(fact.ytd is None for fact in facts)
    return {(f.indicator, f.period): f.month and f.month // 100 for f in facts}


@pytest.mark.parametrize("order", list(permutations([MONTH, QUARTER, YEAR])))
def test_the_years_figure_stands_in_december_whenever_it_comes(
    ingest: Any, order: tuple[Body, ...]
) -> None:
    for body in order:
        ingest.take(records([body]))
    assert live(ingest) == {("research-coverage", "2026-12"): 8300}
    assert ingest.summary()["applied"] == 3


def test_until_the_year_is_reported_the_quarter_stands(ingest: Any) -> None:
    ingest.take(records([QUARTER]))
    ingest.take(records([MONTH]))
    assert live(ingest) == {("research-coverage", "2026-12"): 8200}


def test_a_revision_of_the_month_does_not_replace_the_year(ingest: Any) -> None:
    ingest.take(records([YEAR]))
    before = ingest.facts()
    ingest.take(records([{**MONTH, "revision": 9, "value": 99}]))
    assert ingest.facts() == before


def test_months_of_a_yearly_indicator_are_shown_as_they_come(ingest: Any) -> None:
    ingest.take(records([figure(period="2026-05", value=70), YEAR]))
    assert live(ingest) == {
        ("research-coverage", "2026-05"): 7000,
        ("research-coverage", "2026-12"): 8300,
    }


def test_a_figure_counts_in_its_unit_alone(ingest: Any) -> None:
    patents = figure(indicator="bearings-patents", cluster=BEARINGS, unit="件", value=3)
    ingest.take(records([figure(), patents]))
    facts = list(ingest.live_facts().values())
    assert {(fact.unit, fact.indicator) for fact in facts} == {
        (CITY, "research-coverage"),
        (BEARINGS, "bearings-patents"),
    }
    assert len({fact.subject for fact in facts}) == 2  # one series for each place
    assert {fact.subject[:2] for fact in facts} == {"s-"}
