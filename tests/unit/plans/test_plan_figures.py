"""Every figure of every shipped plan against a transcription made without the loader."""

import csv
from decimal import Decimal
from pathlib import Path

import pytest

from shared.plans import Catalogue, Plan, PlanIndicator, Target, load_catalogue
from shared.plans.catalogue import shipped_plans

_DATA = Path(__file__).parents[2] / "data" / "plans"
_PLANS = sorted(path.stem for path in shipped_plans())


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


def _rows(name: str) -> list[dict[str, str]]:
    with (_DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _number(text: str) -> Decimal | None:
    return Decimal(text) if text else None


def _base_text(indicator: PlanIndicator) -> str:
    base, undated = indicator.base, indicator.undated_base
    if undated is not None:
        bound = undated.comparator.value if undated.comparator else ""
        return f"undated {bound}{undated.value:f}"
    if base is None:
        return ""
    if base.from_data:
        return f"data {base.year}"
    bound = base.comparator.value if base.comparator else ""
    return f"{base.year} {bound}{base.value:f}" if base.value is not None else f"{base.year} -"


def _stated(plan: Plan) -> list[tuple[PlanIndicator, str, Target | None]]:
    """Every statement of a target, in the document's order; one line without a target for none."""
    found: list[tuple[PlanIndicator, str, Target | None]] = []
    for indicator in plan.indicators:
        found += [(indicator, "target", target) for target in indicator.targets or (None,)]
        found += [(indicator, "also", target) for target in indicator.also_stated]
    return found


def _line(indicator: PlanIndicator, target: Target | None) -> str:
    if target is not None and target.lines:
        return str(target.lines[0])
    return str(indicator.locator.lines[0]) if indicator.locator else ""


@pytest.mark.parametrize("plan_id", _PLANS)
def test_targets_are_those_of_the_transcription(catalogue: Catalogue, plan_id: str) -> None:
    found = [
        (
            indicator.id,
            indicator.unit,
            role,
            "" if target is None or target.year is None else str(target.year),
            "" if target is None else target.comparator.value,
            None if target is None else target.value,
            indicator.measure if target is None else target.measure,
            _base_text(indicator),
            _line(indicator, target),
        )
        for indicator, role, target in _stated(catalogue.plan(plan_id))
    ]
    expected = [
        (
            row["id"],
            row["unit"],
            row["role"],
            row["year"],
            row["comparator"],
            _number(row["value"]),
            row["measure"],
            row["base"],
            row["line"],
        )
        for row in _rows(plan_id)
    ]
    assert found == expected


@pytest.mark.parametrize("plan_id", _PLANS)
def test_past_values_are_those_of_the_transcription(catalogue: Catalogue, plan_id: str) -> None:
    history = catalogue.plan(plan_id).history
    rows = _rows(f"{plan_id}-history") if history else []
    found = [
        (
            "" if figure.year is None else str(figure.year),
            figure.value,
            str(figure.locator.lines[0]) if figure.locator else "",
        )
        for figure in history
    ]
    assert found == [(row["year"], _number(row["value"]), row["line"]) for row in rows]
    for figure, row in zip(history, rows, strict=True):
        assert row["series"] in figure.id


@pytest.mark.parametrize("plan_id", _PLANS)
def test_what_is_missing_in_the_document_is_null_with_a_reason(
    catalogue: Catalogue, plan_id: str
) -> None:
    stated = _stated(catalogue.plan(plan_id))
    for (_, _, target), row in zip(stated, _rows(plan_id), strict=True):
        if target is None:
            assert not row["value"]
        elif row["value"]:
            assert target.base_units is not None
            assert target.missing is None
        else:
            assert target.value is None
            assert target.base_units is None
            assert target.missing is not None


@pytest.mark.parametrize("plan_id", _PLANS)
def test_every_figure_can_be_found_in_the_document(catalogue: Catalogue, plan_id: str) -> None:
    plan = catalogue.plan(plan_id)
    locators = [entry.locator for entry in plan.indicators]
    locators += [entry.locator for entry in plan.projects]
    locators += [entry.locator for entry in plan.mechanisms]
    locators += [entry.locator for entry in plan.history]
    for locator in locators:
        assert locator is not None
        assert locator.lines
