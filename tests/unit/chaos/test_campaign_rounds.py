"""What a campaign makes of its faults before any service is asked."""

from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from itertools import islice
from types import SimpleNamespace
from typing import Any

import pytest

from chaos.__main__ import _arguments
from chaos.campaign import Limits, run, sequence
from chaos.faults import FAULTS, Fault
from chaos.outside import Outside
from chaos.receiver import Receiver
from chaos.results import not_run


def system() -> Any:
    """As much of one as is asked until a fault is over."""
    fed: Future[None] = Future()
    fed.set_result(None)
    return SimpleNamespace(
        services=SimpleNamespace(watch=None),
        feeder=SimpleNamespace(trickle=lambda _events, _seconds: fed),
        load=SimpleNamespace(round=lambda _number: []),
        swings=SimpleNamespace(round=lambda _number: []),
        outside=SimpleNamespace(alert=lambda _number: None),
    )


class NeverTaken(Outside):
    """Sends to nobody."""

    def _post(self, path: str, body: object) -> None:
        raise TimeoutError(path, body)


@contextmanager
def never_ends_well(_system: Any, _rng: object) -> Iterator[None]:
    yield
    raise TimeoutError("not ready again")


def test_every_fault_comes_once_before_any_comes_again() -> None:
    order = list(islice(sequence(FAULTS, 7), 2 * len(FAULTS)))

    assert set(order[: len(FAULTS)]) == set(order[len(FAULTS) :]) == set(FAULTS)


def test_a_campaign_without_faults_ends_at_once() -> None:
    assert list(run(system(), [], 7, Limits(5, 60, 1))) == []


def test_a_system_that_is_never_ready_again_is_a_round_that_was_not_survived() -> None:
    fault = Fault("stays broken", never_ends_well)

    (done,) = run(system(), [fault], 7, Limits(5, 60, 1))

    assert not done.survived
    assert "not ready again" in done.problems[0]


def test_alerts_that_are_never_taken_are_expected_all_the_same() -> None:
    nothing: Any = None
    outside = NeverTaken(nothing, Receiver())

    for number in (1, 2):
        with pytest.raises(TimeoutError):
            outside.alert(number)

    assert {name.rpartition("-")[0] for name in outside.standing} == {"chaos-2"}
    assert {name.rpartition("-")[0] for name in outside.ended} == {"chaos-1"}


def test_a_fault_that_nobody_knows_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["chaos", "--faults", "disk full,moon away"])

    with pytest.raises(SystemExit):
        _arguments()
    assert "moon away" in capsys.readouterr().err


def test_what_was_not_run_is_said() -> None:
    text = not_run([{"rounds": [{"fault": fault.name} for fault in FAULTS[1:]]}])

    assert f"*{FAULTS[0].name}*." in text
    assert FAULTS[1].name not in text
