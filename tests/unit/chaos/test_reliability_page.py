"""The page about reliability says what was run, and names tests and faults that exist."""

import json
import re
from pathlib import Path

from chaos.faults import TABLE
from chaos.results import RESULTS
from services.alerts.adapters.due import _LOOK_AT
from services.alerts.domain.bundles import Room

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / RESULTS.page).read_text(encoding="utf-8")


def test_the_committed_table_is_made_from_the_committed_results() -> None:
    results = json.loads((ROOT / RESULTS.page).with_suffix(".json").read_text(encoding="utf-8"))

    assert RESULTS.with_tables(TEXT, results) == TEXT, "run `python -m chaos.results`"


def test_nothing_was_lost_or_counted_twice() -> None:
    results = json.loads((ROOT / RESULTS.page).with_suffix(".json").read_text(encoding="utf-8"))
    rounds = [done for campaign in results for done in campaign["rounds"]]

    assert rounds
    assert all(done["problems"] == [] for done in rounds)
    assert sum(done["lost"] + done["counted_twice"] for done in rounds) == 0


def test_every_test_that_is_named_exists() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)`", TEXT)
    assert named
    for path in named:
        assert (ROOT / path).exists(), path


def test_every_fault_that_is_named_exists() -> None:
    rows = TEXT.split("## What is bounded")[0]
    named = re.findall(r'"([^"]+)"', rows)
    assert named
    for name in named:
        assert [fault for fault in TABLE if fault.startswith(name.removesuffix(" …"))], name


def test_the_bounds_of_sending_are_those_of_the_program() -> None:
    room = Room()
    bounds = f"{room.per_target} to a target and {room.per_kind} by a kind of channel"

    assert f"{bounds}, of {_LOOK_AT:,} due ones looked at" in TEXT
