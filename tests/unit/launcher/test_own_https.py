"""Who asks a service of this machine, asks it over HTTPS where it has a certificate."""

import ssl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import typer

from clusterwatch import healthcheck
from clusterwatch.launcher.children import Child
from clusterwatch.launcher.errors import LaunchError
from clusterwatch.launcher.ports import free_ports
from clusterwatch.launcher.processes import ProcessSpec, Supervisor
from clusterwatch.launcher.readiness import http_answers
from clusterwatch.service_api import ServiceApi
from shared.own_https import scheme, trust
from shared.testing.certificates import TestAuthority
from shared.testing.loopback import QuietHandler, serving

CERTIFICATE = "CLUSTERWATCH_HTTP_CERTIFICATE_FILE"
KEY = "CLUSTERWATCH_HTTP_KEY_FILE"
Pair = tuple[Path, Path]


@contextmanager
def listening(pair: Pair | None = None, status: int = 200) -> Iterator[int]:
    """A server that answers every GET with this status and a body of JSON; yields its port."""

    class Handler(QuietHandler):
        def do_GET(self) -> None:
            self.answer(status, b'{"status": "said"}')

    context = None
    if pair is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*pair)
    with serving(Handler, context) as address:
        yield int(address.rpartition(":")[2])


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    """A certificate for the name that people use, issued by an authority nobody here knows."""
    return TestAuthority(tmp_path).issue("service", "clusterwatch.example")


@pytest.fixture
def configured(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> Pair:
    monkeypatch.setenv(CERTIFICATE, str(pair[0]))
    monkeypatch.setenv(KEY, str(pair[1]))
    return pair


@pytest.fixture(autouse=True)
def nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, port in zip(("INGEST", "METRICS", "ALERTS"), free_ports(3), strict=True):
        monkeypatch.setenv(f"CLUSTERWATCH_{name}_PORT", str(port))


@pytest.mark.parametrize("secured", [False, True])
@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1)])
def test_the_health_check_ends_with_0_while_the_service_is_ready(
    *, secured: bool, status: int, code: int, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    if secured:
        monkeypatch.setenv(CERTIFICATE, str(pair[0]))
    with listening(pair if secured else None, status) as port:
        monkeypatch.setenv("CLUSTERWATCH_METRICS_PORT", str(port))
        assert healthcheck.main() == code


def test_the_health_check_says_that_nobody_listens(capsys: pytest.CaptureFixture[str]) -> None:
    assert healthcheck.main() == 1
    assert capsys.readouterr().out == "nobody listens\n"


@pytest.mark.usefixtures("configured")
def test_the_health_check_does_not_believe_a_stranger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stranger = TestAuthority(tmp_path / "other").issue("service", "clusterwatch.example")
    with listening(stranger) as port:
        monkeypatch.setenv("CLUSTERWATCH_INGEST_PORT", str(port))
        assert healthcheck.main() == 1


def test_the_health_check_names_a_certificate_that_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(CERTIFICATE, str(tmp_path / "none.pem"))
    assert healthcheck.main() == 1
    assert CERTIFICATE in capsys.readouterr().out


def test_a_started_service_is_ready_when_it_answers_over_https(tmp_path: Path, pair: Pair) -> None:
    with listening(pair) as port:
        spec = ProcessSpec(
            "service",
            [sys.executable, "-c", "import signal; signal.pause()"],
            tmp_path / "log",
            ready_url=f"{scheme(pair[0])}://127.0.0.1:{port}/readyz",
            certificate=pair[0],
        )
        supervisor = Supervisor()
        with supervisor.supervised():
            (child,) = supervisor.start(spec)
            assert isinstance(child, Child)
            assert child.running


def test_readiness_is_not_taken_from_a_stranger(tmp_path: Path, pair: Pair) -> None:
    other, _ = TestAuthority(tmp_path / "other").issue("service", "127.0.0.1")
    with listening(pair) as port:
        assert http_answers(f"https://127.0.0.1:{port}/readyz", trust(pair[0]))
        assert not http_answers(f"https://127.0.0.1:{port}/readyz", trust(other))
        assert not http_answers(f"http://127.0.0.1:{port}/readyz")


def test_a_service_that_never_answers_over_https_is_an_error(tmp_path: Path, pair: Pair) -> None:
    with listening() as port:
        spec = ProcessSpec(
            "service",
            [sys.executable, "-c", "import signal; signal.pause()"],
            tmp_path / "log",
            ready_url=f"https://127.0.0.1:{port}/readyz",
            certificate=pair[0],
            patience=0.5,
        )
        supervisor = Supervisor()
        with supervisor.supervised(), pytest.raises(LaunchError, match="did not answer"):
            supervisor.start(spec)


def test_commands_ask_a_service_of_this_machine_over_https(
    configured: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    with listening(configured) as port:
        monkeypatch.setenv("CLUSTERWATCH_ALERTS_PORT", str(port))
        assert ServiceApi("alerts", None, None).get("/") == {"status": "said"}


def test_commands_name_a_certificate_that_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(CERTIFICATE, str(tmp_path / "none.pem"))
    monkeypatch.setenv(KEY, str(tmp_path / "none.key"))
    with pytest.raises(typer.Exit):
        ServiceApi("alerts", None, None)
    assert CERTIFICATE in " ".join(capsys.readouterr().err.split())
