"""Survey forms that LibreOffice wrote load without hand work, every row accounted for."""

import importlib.util
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest

from services.ingest.use_cases.take_file import TakenFile
from shared.testing.load import credit_code

Take = Callable[..., TakenFile]
FORMS = Path(__file__).parents[2] / "data" / "forms"


def taken(take: Take, name: str) -> tuple[TakenFile, list[dict[str, Any]]]:
    found = take((FORMS / f"{name}.xlsx").read_bytes())
    assert found.refusals == []
    assert found.rows == found.rows_taken + sum(found.skipped.values())
    return found, [msgspec.json.decode(event.value or b"") for event in found.events]


def test_a_summary_of_two_counties_with_merged_titles_and_a_total_loads(take: Take) -> None:
    found, bodies = taken(take, "output-summary")

    assert found.mapping == "1-output-summary"
    assert [body["uscc"] for body in bodies] == [credit_code(n) for n in (1, 2, 3, 11, 12, 13)]
    assert {body["period"] for body in bodies} == {"2026-05"}
    first = bodies[0]
    assert (first["month"], first["ytd"]) == ("18250", "80111.5")
    assert (first["month_last_year"], first["ytd_last_year"]) == ("15900", "71020")
    assert found.skipped == {"column numbers": 2, "total": 2, "note": 2}


def test_forms_of_several_enterprises_load_from_their_sheets(take: Take) -> None:
    found, bodies = taken(take, "output-form")

    assert found.mapping == "2-output-form"
    assert found.sheets_left_out == ["填报说明"]
    of_first = {b["indicator"]: b for b in bodies if b["uscc"] == credit_code(1)}
    assert set(of_first) == {"gross_output", "revenue", "employees"}
    assert of_first["revenue"].get("month") is None
    assert of_first["revenue"]["ytd"] == "75000.25"
    assert of_first["employees"]["month"] == "120"
    assert len(bodies) == 6


def test_a_register_with_typed_dates_and_long_codes_loads(take: Take) -> None:
    _, bodies = taken(take, "register")

    assert [(b["action"], b["effective"], b["region"]) for b in bodies] == [
        ("entry", "2026-01", "341323"),
        ("exit", "2026-04", "341302"),
    ]
    assert [(b["industry"], b["size"], b["above_scale"]) for b in bodies] == [
        ("3451", "medium", True),
        ("1392", "small", True),
    ]


def test_an_investment_table_loads(take: Take) -> None:
    _, bodies = taken(take, "investment")

    assert [(b["stage"], b["started_on"], b["ytd"]) for b in bodies] == [
        ("building", "2026-03-15", "9620.5"),
        ("completed", "2025-11-02", "1250"),
    ]
    assert [b["ytd_last_year"] for b in bodies] == ["0", "980"]
    assert [b["planned_total"] for b in bodies] == ["52000", "8000"]


def test_funds_by_origin_load(take: Take) -> None:
    _, bodies = taken(take, "funds")

    assert [(b["project_id"], b["origin"], b["currency"], b["ytd"]) for b in bodies] == [
        ("P-1", "32", "CNY", "3200"),
        ("P-2", "31", "CNY", "1100"),
    ]


def maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_forms", FORMS / "make.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["make_forms"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.libreoffice
def test_what_libreoffice_writes_now_reads_like_the_files_of_this_folder(
    take: Take, tmp_path: Path
) -> None:
    program = shutil.which("soffice")
    assert program is not None
    forms = maker()
    forms.convert(tmp_path, program)

    for name in forms.FORMS:
        fresh = take((tmp_path / f"{name}.xlsx").read_bytes())
        kept = take((FORMS / f"{name}.xlsx").read_bytes())
        assert [event.value for event in fresh.events] == [event.value for event in kept.events]
        assert (fresh.skipped, fresh.refusals) == (kept.skipped, kept.refusals)
