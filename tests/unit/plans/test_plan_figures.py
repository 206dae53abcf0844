"""Every figure of every shipped plan against a transcription made without the loader."""

import csv
from decimal import Decimal
from pathlib import Path

import pytest

from shared.plans import Base, Catalogue, load_catalogue
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


def _base_text(base: Base | None) -> str:
    if base is None:
        return ""
    if base.from_data:
        return f"data {base.year}"
    bound = base.comparator.value if base.comparator else ""
    return f"{base.year} {bound}{base.value:f}" if base.value is not None else f"{base.year} -"


@pytest.mark.parametrize("plan_id", _PLANS)
def test_targets_are_those_of_the_transcription(catalogue: Catalogue, plan_id: str) -> None:
    found = [
        (
            indicator.id,
            indicator.unit,
            indicator.kind.value,
            "" if target is None or target.year is None else str(target.year),
            "" if target is None else target.comparator.value,
            None if target is None else target.value,
            indicator.measure,
            _base_text(indicator.base),
            str(indicator.locator.lines[0]) if indicator.locator else "",
        )
        for indicator in catalogue.plan(plan_id).indicators
        for target in indicator.targets or (None,)
    ]
    expected = [
        (
            row["id"],
            row["unit"],
            row["kind"],
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
def test_what_is_missing_in_the_document_is_null_with_a_reason(
    catalogue: Catalogue, plan_id: str
) -> None:
    empty = {(row["id"], row["year"]) for row in _rows(plan_id) if not row["value"]}
    for indicator in catalogue.plan(plan_id).indicators:
        for target in indicator.targets:
            year = "" if target.year is None else str(target.year)
            if (indicator.id, year) in empty:
                assert target.value is None
                assert target.base_units is None
                assert target.missing is not None
            else:
                assert target.value is not None
                assert target.base_units is not None
                assert target.missing is None


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
