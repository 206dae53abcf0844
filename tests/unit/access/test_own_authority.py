"""Services that ask each other over HTTPS believe an authority of the operator's own."""

import asyncio
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest
import typer
from pydantic import ValidationError
from starlette.requests import Request

from clusterwatch.service_api import ServiceApi
from services.alerts.console.ingest import IngestPages
from services.alerts.settings import AlertsSettings
from services.alerts.wiring.parts import Alerts
from services.metrics.main import alert_source
from services.metrics.ports import AlertsNotRead
from services.metrics.settings import MetricsSettings
from shared.access.provider_keys import ProviderKeys
from shared.authorities import believed
from shared.settings import CommonSettings
from shared.testing.certificates import TestAuthority
from shared.testing.loopback import QuietHandler, serving

SAID = b'{"items": [{"state": "firing"}], "name": "\xe7\x94\xb2\xe5\x85\xac\xe5\x8f\xb8"}'
NAMED = {"e-1": "甲公司"}


class Sister(QuietHandler):
    """Answers what any of our clients asks for."""

    def do_GET(self) -> None:
        self.answer(200, SAID)


@pytest.fixture
def authority(tmp_path: Path) -> TestAuthority:
    return TestAuthority(tmp_path / "own")


@pytest.fixture
def address(authority: TestAuthority) -> Iterator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.issue("sister", "127.0.0.1"))
    with serving(Sister, context) as url:
        yield url


def ticker(address: str, file: Path | None) -> object:
    source = alert_source(MetricsSettings(wall_alerts_url=address, http_ca_file=file))
    assert source is not None
    try:
        return asyncio.run(source.firing("suzhou-2027"))
    except AlertsNotRead as error:
        return str(error)


def names(address: str, file: Path | None) -> object:
    settings = AlertsSettings(
        alerts_ingest_url=address, alerts_subject_names="on", http_ca_file=file
    )
    book = Alerts.name_book(cast("Alerts", SimpleNamespace(settings=settings)))
    assert book is not None
    return dict(book.names(["e-1"], "reader"))


def console(address: str, file: Path | None) -> object:
    pages = IngestPages(address, address, verify=believed(file))
    answer = pages.get(Request({"type": "http", "headers": []}), "/api/v1/held")
    return answer.items or answer.problem


def command(address: str, file: Path | None) -> object:
    with pytest.MonkeyPatch.context() as environment:
        if file is not None:
            environment.setenv("CLUSTERWATCH_HTTP_CA_FILE", str(file))
        try:
            return ServiceApi("metrics", address, None).get("/api/v1/clusters")["items"]
        except typer.Exit:
            return "does not answer"


@pytest.mark.parametrize("ask", [ticker, names, console, command])
def test_an_own_authority_is_believed_where_it_is_set_and_nowhere_else(
    ask: Callable[[str, Path | None], Any],
    address: str,
    authority: TestAuthority,
    tmp_path: Path,
) -> None:
    stranger = TestAuthority(tmp_path / "other").file
    assert ask(address, authority.file) in ([{"state": "firing"}], NAMED)
    for file in (None, stranger):
        assert ask(address, file) not in ([{"state": "firing"}], NAMED)
    elsewhere = address.replace("127.0.0.1", "localhost")
    assert ask(elsewhere, authority.file) not in ([{"state": "firing"}], NAMED), "another name"


def test_the_identity_provider_may_have_a_certificate_of_the_own_authority(
    address: str, authority: TestAuthority
) -> None:
    def keys(file: Path | None) -> object:
        return ProviderKeys(address, verify=believed(file))._fetched()

    with pytest.raises(ValueError, match="names another issuer"):  # so it was read
        keys(authority.file)
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        keys(None)


def test_a_command_says_what_to_set_where_a_certificate_is_not_believed(
    address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(address, None) == "does not answer"
    assert "CLUSTERWATCH_HTTP_CA_FILE" in capsys.readouterr().err


def test_public_authorities_stay_believed(authority: TestAuthority) -> None:
    context = believed(authority.file)
    assert isinstance(context, ssl.SSLContext)
    assert context.cert_store_stats()["x509_ca"] > 100
    assert context.check_hostname
    assert believed(None) is True


@pytest.mark.parametrize("content", [None, b"", b"no certificate"])
def test_a_file_without_certificates_is_named_at_the_start(
    content: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "authorities.pem"
    if content is not None:
        file.write_bytes(content)
    monkeypatch.setenv("CLUSTERWATCH_HTTP_CA_FILE", str(file))

    with pytest.raises(ValidationError, match=r"http_ca_file(.|\n)*holds no certificates"):
        CommonSettings()
