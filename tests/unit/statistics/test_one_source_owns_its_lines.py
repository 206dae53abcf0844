"""One source owns a subject's lines in a topic; another one is refused, never merged."""

from itertools import permutations

import pytest

from services.ingest.testing import Ingest
from shared.events.reasons import Reason
from shared.testing.events import Body, figure, funds, investment, output, records, stage
from shared.testing.plans import BEARINGS

BODIES = {
    "stats.output.v1": output(),
    "stats.investment.v1": investment(),
    "stats.funds.v1": funds(),
    "stats.project.v1": stage(),
    "stats.indicator.v1": figure(),
}


@pytest.mark.parametrize("topic", BODIES)
def test_a_second_source_is_refused_whatever_its_revision(ingest: Ingest, topic: str) -> None:
    other: Body = {**BODIES[topic], "source": "someone-else", "revision": 9}
    ingest.take(records([BODIES[topic], other]))
    assert ingest.dead_letters() == {topic: {Reason.SOURCE_CONFLICT: 1}}


def test_each_feed_of_a_project_may_have_a_source_of_its_own(ingest: Ingest) -> None:
    for order in permutations([investment(), funds(source="a"), stage(source="b")]):
        ingest.empty()
        ingest.take(records(order))
        assert ingest.dead_letters() == {}


def test_several_bureaus_report_about_one_zone_each_its_own_indicators(ingest: Ingest) -> None:
    patents = figure(
        source="scjgj-suzhou", indicator="bearings-patents", cluster=BEARINGS, unit="件", value=3
    )
    ingest.take(records([figure(), {**figure(), "period": "2026-Q2"}, patents]))
    assert ingest.dead_letters() == {}
    assert ingest.summary()["applied"] == 3
