"""Questions to take along on a tour: each follows from a rule and carries its figure."""

from collections.abc import Iterator

from services.alerts.domain.money_rules import planned_growth
from services.alerts.domain.papers.alert_lists import listed_alerts
from services.alerts.domain.papers.desk import Desk
from services.alerts.domain.papers.figure import Figure, Form, Kind, figure_id
from services.alerts.domain.papers.model import Paragraph, Section
from services.alerts.domain.papers.money import wanted_growth
from services.alerts.domain.papers.plan_facts import UnitFacts
from services.alerts.domain.papers.unit_figures import UnitFigures, change_part
from shared.events.facts import FUNDS
from shared.plans import UnitKind
from shared.stalling import stalled_projects


def questions(desk: Desk) -> list[Section]:
    """Everything that a rule asks about the paper's unit and its clusters."""
    clusters = desk.units(UnitKind.CLUSTER)
    found = [paragraph for one in clusters for paragraph in _about_cluster(desk, one)]
    found += [*_about_projects(desk), *_about_funds(desk), *_about_alerts(desk)]
    if not found:
        count = desk.count("clusters.checked", len(clusters))
        found = [desk.say("ask_nothing", count=count)]
    return desk.section("questions", [Paragraph(one.runs, bullet=True) for one in found])


def _about_cluster(desk: Desk, unit: UnitFacts) -> Iterator[Paragraph]:
    found = desk.of(unit.id)
    status = found.status
    if found.shown is None or status is None:
        return
    if found.shown.track == "off_track":
        if found.is_suppressed or status.gap is None:
            yield desk.say("ask_direction", unit=unit.name, verdict=found.verdict())
        else:
            gap = found.gap()
            yield desk.say("ask_behind", unit=unit.name, verdict=found.verdict(), gap=gap)
    if status.ytd_growth is not None and status.ytd_growth < 0:
        yield desk.say("ask_falling", unit=unit.name, growth=found.growth(Form.WORDED))
    elif _only_by_entries(found):
        continuing = found.change_of("continuing", Form.WORDED)
        yield desk.say("ask_entries", unit=unit.name, continuing=continuing)
    minimum = desk.snapshot.calendar.minimum_coverage
    if status.coverage is not None and status.coverage < minimum:
        missing = found.enterprises("missing")
        yield desk.say("ask_coverage", unit=unit.name, coverage=found.coverage(), missing=missing)


def _only_by_entries(found: UnitFigures) -> bool:
    """The figure rises though those that reported before do not."""
    split = None if found.status is None else found.status.decomposition
    change, continuing = change_part(split, "change"), change_part(split, "continuing")
    return change is not None and continuing is not None and change > 0 > continuing


def _about_projects(desk: Desk) -> Iterator[Paragraph]:
    status = desk.of(desk.unit).status
    if status is None or status.projects is None:
        return
    stalled = stalled_projects(
        status.projects, desk.snapshot.calendar.today, desk.snapshot.stalling
    )
    if stalled:
        yield desk.say("ask_stalled", count=desk.count("stalled", len(stalled)))


def _about_funds(desk: Desk) -> Iterator[Paragraph]:
    found, wanted = desk.of(desk.unit, FUNDS), wanted_growth(desk, desk.unit)
    growth = None if found.status is None else planned_growth(found.status)
    if growth is None or not isinstance(wanted.value, float) or growth >= wanted.value:
        return
    id_ = figure_id(desk.unit, FUNDS, found.period, "planned_growth")
    said = Figure(id_, Kind.CHANGE, growth, form=Form.WORDED)
    yield desk.say("ask_funds", growth=said, wanted=wanted)


def _about_alerts(desk: Desk) -> Iterator[Paragraph]:
    unclaimed = sum(
        one.is_open and one.alert.attention.acknowledgement is None for one in listed_alerts(desk)
    )
    if unclaimed:
        yield desk.say("ask_unclaimed", count=desk.count("alerts.unclaimed", unclaimed, "条"))
