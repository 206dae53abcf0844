"""Stages are told at once, a unit's figures a month later: the newest word of a project counts."""

from datetime import date

from services.alerts.adapters.holidays import chinese_working_days
from services.alerts.domain.alert import Rule, SeriesKey
from services.alerts.domain.directory import Directory
from services.alerts.domain.outcome import Outcome, Phase
from services.alerts.domain.rulebook import Rulebook
from services.alerts.use_cases.outcomes import Judge, Known
from shared.events.facts import PROJECT
from shared.events.status import OpenProject, Projects, Status
from shared.plans import load_catalogue
from shared.testing.statuses import ON_TRACK, status_of

TODAY = date(2026, 7, 10)
SIGNED = OpenProject("p", "signed", "2026-03-01", None, None)


def told(period: str, *projects: OpenProject) -> Projects:
    return Projects(period, {}, {}, projects, len(projects))


def judged(*news: Status) -> Outcome:
    """The rule's word when the unit's figures of May still call the project signed."""
    key = SeriesKey(ON_TRACK.plan, ON_TRACK.unit, ON_TRACK.indicator)
    figures = (status_of("2026-05", projects=told("2026-05", SIGNED)),)
    judge = Judge(Rulebook(), Directory(load_catalogue()), chinese_working_days)
    series = {SeriesKey(key.plan, key.unit, PROJECT): news}
    outcomes = dict(judge(lambda wanted: series.get(wanted, ()), Known(key, figures, (), TODAY)))
    return outcomes[Rule.PROJECT_STALLED]


def test_a_project_that_has_started_since_the_last_figures_is_not_stalled() -> None:
    assert judged().phase is Phase.FIRING
    started = OpenProject("p", "started", "2026-06-20", None, None)
    news = status_of("2026-06", "grey", indicator=PROJECT, projects=told("2026-06", started))
    assert judged(news).phase is Phase.INACTIVE


def test_a_project_that_is_known_by_its_stage_alone_stalls_too() -> None:
    other = OpenProject("q", "signed", "2026-02-01", None, None)
    news = status_of("2026-06", "grey", indicator=PROJECT, projects=told("2026-06", SIGNED, other))
    assert [item.subject for item in judged(news).detail.items] == ["p", "q"]
