"""A unit's projects: how far they have come, and what they invest."""

import pytest

from services.metrics.testing import Service
from shared.events.facts import INVESTMENT, PROJECT, Fact, ProjectState
from shared.events.status import Investment, OpenProject, Projects, Verdict
from shared.testing.facts import fact

UNIT = "suzhou-ah-lingbi"
BY_STAGES = PROJECT
VALUE = "gross_output"


def reached(
    project: str, day: str, stage: str, contracted: int | None = None, currency: str = "CNY"
) -> Fact:
    known = currency if contracted is not None else None
    state = ProjectState(stage, occurred_on=day, contracted_total=contracted, currency=known)
    return fact(UNIT, project, day[:7], indicator=PROJECT, project=state)


def invested(project: str, period: str, ytd: int, stage: str = "building", **state: object) -> Fact:
    return fact(
        UNIT,
        project,
        period,
        indicator=INVESTMENT,
        ytd=ytd,
        ytd_last_year=80,
        project=ProjectState(stage, **state),  # type: ignore[arg-type]
    )


def projects(service: Service, period: str, indicator: str = BY_STAGES) -> Projects:
    block = service.status(UNIT, period, indicator).projects
    assert block is not None
    return block


def investment(service: Service, period: str) -> Investment:
    block = service.status(UNIT, period, VALUE).investment
    assert block is not None
    return block


def test_projects_are_counted_by_the_stage_at_the_end_of_the_period(service: Service) -> None:
    service.feed(
        [
            reached("a", "2026-02-10", "signed", 500),
            reached("b", "2026-02-11", "negotiating", 70),
            reached("a", "2026-04-03", "started", 500),
            reached("c", "2026-04-20", "terminated", 900),
            reached("d", "2026-05-01", "signed", 30, "USD"),
        ]
    )

    assert projects(service, "2026-02").by_stage == {"negotiating": 1, "signed": 1}
    assert projects(service, "2026-04").by_stage == {
        "negotiating": 1,
        "started": 1,
        "terminated": 1,
    }
    newest = projects(service, "2026-05")
    assert newest.contracted_total == {"CNY": 570, "USD": 30}
    assert [(p.subject, p.stage, p.since) for p in newest.open] == [
        ("a", "started", "2026-04-03"),
        ("d", "signed", "2026-05-01"),
    ]
    assert newest.open_count == 2


def test_a_stage_reached_in_january_belongs_to_the_first_period(service: Service) -> None:
    service.feed([reached("a", "2026-01-15", "signed")])
    assert projects(service, "2026-02").by_stage == {"signed": 1}


def test_the_status_of_projects_is_not_judged(service: Service) -> None:
    service.feed([reached("a", "2026-03-15", "signed")])
    status = service.status(UNIT, "2026-03", BY_STAGES)
    assert (status.verdict, status.measure, status.contributors) == (
        Verdict.NO_TARGET,
        "project",
        0,
    )
    assert status.as_of


def test_last_progress_is_the_last_period_in_which_investment_grew(service: Service) -> None:
    service.feed(
        [
            invested("a", "2025-12", 900, completed_on="2026-12-31"),
            invested("a", "2026-02", 100),
            invested("a", "2026-03", 140, completed_on="2027-06-30"),
            invested("a", "2026-04", 140, completed_on="2027-06-30"),
            invested("b", "2026-02", 0),
        ]
    )

    (first, second) = projects(service, "2026-04").open

    assert first == OpenProject("a", "building", "2025-12-01", "2027-06-30", "2026-03")
    assert second.last_progress is None
    assert projects(service, "2026-02").open[0].last_progress == "2026-02"


def test_the_further_of_two_feeds_stages_counts(service: Service) -> None:
    service.feed(
        [
            reached("a", "2026-02-10", "signed", 500),
            invested("a", "2026-04", 10, "started", started_on="2026-03-28"),
            reached("b", "2026-03-10", "completed"),
            invested("b", "2026-04", 10, "building"),
            reached("c", "2026-03-10", "terminated", 70),
            invested("c", "2026-04", 10, "building"),
        ]
    )

    block = projects(service, "2026-04")

    assert block.by_stage == {"completed": 1, "started": 1, "terminated": 1}
    assert [(p.subject, p.stage, p.since) for p in block.open] == [("a", "started", "2026-03-28")]
    assert block.contracted_total == {"CNY": 500}


def test_the_value_indicator_carries_the_projects_of_its_own_period(service: Service) -> None:
    service.feed([reached("a", "2026-03-01", "signed"), reached("a", "2026-05-01", "started")])
    service.feed([fact(UNIT, "firm", "2026-04", ytd=5)])
    assert projects(service, "2026-04", VALUE).by_stage == {"signed": 1}
    service.feed([fact(UNIT, "firm", "2026-05", ytd=6)])
    assert projects(service, "2026-05", VALUE).by_stage == {"started": 1}
    assert projects(service, "2026-04", VALUE).by_stage == {"signed": 1}


def test_an_investment_report_changes_the_projects_that_are_told(service: Service) -> None:
    service.feed([reached("a", "2026-03-01", "building")])
    service.feed([invested("a", "2026-04", 10)])
    assert projects(service, "2026-04").open[0].last_progress == "2026-04"


def test_completion_is_of_the_projects_that_state_both(service: Service) -> None:
    service.feed(
        [
            invested("a", "2026-04", 10, planned_total=400, since_start=100),
            invested("b", "2026-04", 10, planned_total=100, since_start=100),
            invested("c", "2026-04", 10, since_start=700),
        ]
    )

    block = investment(service, "2026-04")

    assert block.completion == pytest.approx(0.4)
    assert (block.planned_total, block.since_start) == (500, 900)
    assert block.ytd == 30
    assert block.growth == pytest.approx(30 / 240 - 1)


def test_a_retracted_stage_is_gone(service: Service) -> None:
    service.feed([reached("a", "2026-03-01", "signed"), reached("b", "2026-03-01", "signed")])
    gone = fact(UNIT, "a", "2026-03", indicator=PROJECT, version=2, deleted=True)
    service.feed([gone])
    assert projects(service, "2026-03").by_stage == {"signed": 1}


def test_at_most_two_hundred_open_projects_are_named(service: Service) -> None:
    service.feed([reached(f"p{n:03}", f"2026-03-{n % 28 + 1:02}", "signed") for n in range(230)])
    block = projects(service, "2026-03")
    assert (len(block.open), block.open_count) == (200, 230)
    assert list(block.open) == sorted(block.open, key=lambda p: (p.since, p.subject))


def test_contracts_of_too_few_projects_are_named_as_confidential(service: Service) -> None:
    service.feed(
        [reached("a", "2026-03-01", "signed", 10), reached("b", "2026-03-01", "signed", 9)]
    )
    assert "contracts_confidential" in service.status(UNIT, "2026-03", BY_STAGES).reasons


@pytest.mark.parametrize(
    ("word", "by_stage"), [("terminated", "terminated"), ("mothballed", "signed")]
)
def test_a_stage_that_only_the_investment_feed_names_stops_nothing(
    service: Service, word: str, by_stage: str
) -> None:
    """An end that it tells is an end; a word of a newer version is no step forward."""
    service.feed([reached("p", "2026-03-01", "signed"), invested("p", "2026-04", 90, word)])

    assert projects(service, "2026-04").by_stage == {by_stage: 1}
