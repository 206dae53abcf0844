"""An operator's overlay adds what the document leaves out, and says so wherever it shows."""

from decimal import Decimal
from pathlib import Path

import pytest

from shared.events.period import Month
from shared.plans import Catalogue, Comparator, PathKind, PlanError, Problem, load_catalogue
from shared.plans.catalogue import SHIPPED

_OVERLAY = Path(__file__).parents[2] / "data" / "plans" / "overlay.yaml"
_SOURCE = "市双推办 2026-03 (test)"


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue([_OVERLAY])


def _written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "overlay.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def _problems(tmp_path: Path, old: str, new: str) -> tuple[Problem, ...]:
    text = _OVERLAY.read_text(encoding="utf-8")
    assert old in text
    with pytest.raises(PlanError) as caught:
        load_catalogue(
            [SHIPPED / "suzhou-2027.yaml", _written(tmp_path, text.replace(old, new, 1))]
        )
    return caught.value.problems


def test_an_overlay_alone_applies_to_the_shipped_plans(catalogue: Catalogue) -> None:
    assert [plan.id for plan in catalogue.plans] == [plan.id for plan in load_catalogue().plans]
    plan = catalogue.plan("suzhou-2027")
    assert plan.version == "1+city-1"
    assert plan.overlays == (_SOURCE,)
    assert catalogue.plan("zibo-htz-2025").version == "1"


def test_a_redacted_target_gets_its_value_and_its_source(catalogue: Catalogue) -> None:
    indicator = catalogue.plan("suzhou-2027").indicator("szah-green-food-output")
    (target,) = indicator.targets
    assert (target.year, target.value, target.base_units) == (2027, Decimal(600), 60_000_000_000)
    assert target.comparator is Comparator.AT_LEAST
    assert target.missing is None
    assert target.source == _SOURCE
    assert indicator.base is not None
    assert (indicator.base.base_units, indicator.base.source) == (21_050_000_000, _SOURCE)
    assert not indicator.base.from_data
    assert indicator.overlaid == (f"targets: {_SOURCE}", f"base: {_SOURCE}")


def test_a_station_on_the_way_stands_beside_the_documents_target(catalogue: Catalogue) -> None:
    indicator = catalogue.plan("suzhou-2027").indicator("szah-lb-bearings-output")
    assert [(target.year, target.source) for target in indicator.targets] == [
        (2027, "document"),
        (2026, _SOURCE),
    ]
    assert indicator.path is PathKind.MILESTONES
    assert indicator.target is not None
    assert indicator.target.year == 2027


def test_units_get_their_task_force_aliases_and_members(catalogue: Catalogue) -> None:
    unit = catalogue.plan("suzhou-2027").unit("szah-lb-bearings")
    assert unit.responsible_units == ("轴承专班",)
    assert "灵璧轴承" in unit.aliases
    assert unit.includes("341323", None, "3453", Month(2026, 5))
    assert f"membership: {_SOURCE}" in unit.overlaid


def test_a_threshold_of_a_population_can_be_added(catalogue: Catalogue) -> None:
    indicator = catalogue.plan("suzhou-2027").indicator("szah-digital-transformation-coverage")
    assert indicator.population is not None
    assert indicator.population.value == Decimal(2000)


def test_what_an_overlay_does_not_touch_stays_the_documents(catalogue: Catalogue) -> None:
    shipped = load_catalogue().plan("suzhou-2027")
    overlaid = catalogue.plan("suzhou-2027")
    touched = {
        "szah-green-food-output",
        "szah-lb-bearings-output",
        "szah-digital-transformation-coverage",
    }
    for indicator in shipped.indicators:
        if indicator.id not in touched:
            assert overlaid.indicator(indicator.id) == indicator


def test_a_dated_overlay_is_a_new_version_from_its_month_on(tmp_path: Path) -> None:
    text = _OVERLAY.read_text(encoding="utf-8")
    text = text.replace("  version: city-1", "  version: city-1\n  effective_from: 2026-03")
    catalogue = load_catalogue([_written(tmp_path, text)])
    assert [plan.id for plan in catalogue.plans[:3]] == ["suzhou-2027"] * 2 + ["anshan-htz-2025"]
    before = catalogue.plan("suzhou-2027", Month(2026, 2))
    after = catalogue.plan("suzhou-2027", Month(2026, 3))
    assert (before.version, after.version) == ("1", "1+city-1")
    assert before.indicator("szah-green-food-output").targets[0].redacted


def test_a_zero_base_from_an_overlay_makes_the_path_straight(tmp_path: Path) -> None:
    text = _OVERLAY.read_text(encoding="utf-8").replace("value: 210.5", "value: 0")
    catalogue = load_catalogue([_written(tmp_path, text)])
    indicator = catalogue.plan("suzhou-2027").indicator("szah-green-food-output")
    assert indicator.path is PathKind.LINEAR


@pytest.mark.parametrize(
    ("old", "new", "line", "field", "message"),
    [
        ("plan: suzhou-2027", "plan: suzhou-2026", 3, "overlay.plan", "is unknown; use one of"),
        ("  version: city-1\n", "", 2, "overlay.version", "is missing"),
        ("  source:", "  sauce:", 2, "overlay.source", "is missing"),
        ("szah-green-food-output", "szah-red-food", 8, "indicators[0].id", "not an indicator"),
        ("- id: szah-lb-bearings\n    al", "- id: x\n    al", 21, "units[0].id", "is not a unit"),
        ("year: 2026, value: 60", "year: 2027, value: 60", 14, ".value", "already states > 100"),
        ("{year: 2027, value: 600}", "{year: 2024, value: 6}", 10, ".year", "not after the base"),
        ("value: 600", "value: null", 10, ".value", "is missing"),
        ("value: 600", "value: 0.000000001", 10, ".value", "not representable"),
        ("['345']", "['345', '357x']", 25, "industries[1]", "is not an industry code"),
        ("industries: ['345']", "regions: [suzhou-ah]", 1, "units", "overlap"),
        ("    path: milestones", "    paths: milestones", 15, "paths", "did you mean path?"),
    ],
)
def test_an_overlay_that_is_wrong_is_refused_with_its_line(
    tmp_path: Path, old: str, new: str, line: int, field: str, message: str
) -> None:
    problem = next(p for p in _problems(tmp_path, old, new) if p.field.endswith(field))
    assert message in f"{problem.message}; {problem.remedy}"
    if line > 1:
        assert problem.line == line


def test_a_base_that_the_document_states_is_not_replaced(tmp_path: Path) -> None:
    text = """
overlay: {plan: anshan-htz-2025, version: v, source: test}
indicators:
  - id: anshan-htz-gdp
    base: {year: 2020, value: 95}
"""
    with pytest.raises(PlanError, match=r"document already states 95\.3 in 2020"):
        load_catalogue([_written(tmp_path, text)])


def test_an_undated_base_can_be_dated(tmp_path: Path) -> None:
    text = """
overlay: {plan: lianyungang-htz-2025, version: v, source: test}
indicators:
  - id: lyg-htz-hightech-share
    base: {year: 2020, value: 74}
"""
    catalogue = load_catalogue([_written(tmp_path, text)])
    base = catalogue.plan("lianyungang-htz-2025").indicator("lyg-htz-hightech-share").base
    assert base is not None
    assert (base.year, base.base_units, base.source) == (2020, 740_000, "test")


def test_overlays_of_one_plan_add_up_in_their_order(tmp_path: Path) -> None:
    second = tmp_path / "second.yaml"
    second.write_text(
        "overlay: {plan: suzhou-2027, version: city-2, source: second}\n"
        "indicators:\n"
        "  - id: szah-life-health-output\n"
        "    targets: [{year: 2027, value: 300}]\n",
        encoding="utf-8",
    )
    plan = load_catalogue([SHIPPED / "suzhou-2027.yaml", _OVERLAY, second]).plan("suzhou-2027")
    assert plan.version == "1+city-1+city-2"
    assert plan.overlays == (_SOURCE, "second")
    assert plan.indicator("szah-life-health-output").targets[0].source == "second"
    assert plan.indicator("szah-green-food-output").targets[0].source == _SOURCE


def test_a_change_of_borders_is_added_by_an_overlay(tmp_path: Path) -> None:
    path = _written(
        tmp_path,
        "overlay: {plan: suzhou-2027, version: city-2, source: test}\n"
        "units:\n"
        "  - id: suzhou-ah-htz\n"
        "    series_breaks: [{month: 2026-03, reason: two villages joined}]\n",
    )
    unit = load_catalogue([path]).plan("suzhou-2027").unit("suzhou-ah-htz")
    (found,) = unit.series_breaks
    assert (found.month, found.reason) == (Month(2026, 3), "two villages joined")
    assert unit.overlaid == ("series_breaks: test",)


def test_a_change_of_borders_without_its_month_is_refused(tmp_path: Path) -> None:
    path = _written(
        tmp_path,
        "overlay: {plan: suzhou-2027, version: city-2, source: test}\n"
        "units:\n"
        "  - id: suzhou-ah-htz\n"
        "    series_breaks: [{reason: two villages joined}]\n",
    )
    with pytest.raises(PlanError) as caught:
        load_catalogue([path])
    assert [(p.line, p.field) for p in caught.value.problems] == [
        (4, "units[0].series_breaks[0].month")
    ]
