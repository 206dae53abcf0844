"""The services' own TLS: what is taken, what is not, and proxies that are believed."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import uvicorn
from fastapi import FastAPI, Request
from pydantic import ValidationError

from clusterwatch.http_server import server_options
from shared.access.control import Access
from shared.configuration import SettingsError
from shared.settings import CommonSettings
from shared.testing.certificates import TestAuthority
from shared.testing.waiting import wait_until


@contextmanager
def served(settings: CommonSettings) -> Iterator[int]:
    app = FastAPI()

    @app.get("/healthz")
    def who(request: Request) -> str:
        return f"{request.url.scheme} {request.client.host if request.client else ''}"

    Access("alerts", settings).guard(app)
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, log_config=None, lifespan="off", **server_options(settings)
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        wait_until(lambda: server.started, seconds=30, what="the server listens")
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(10)


@pytest.fixture
def authority(tmp_path: Path) -> TestAuthority:
    return TestAuthority(tmp_path)


def secured(authority: TestAuthority) -> CommonSettings:
    certificate, key = authority.issue("service", "127.0.0.1")
    return CommonSettings(http_certificate_file=certificate, http_key_file=key)


def test_with_a_certificate_it_speaks_https_from_tls_1_2_on(authority: TestAuthority) -> None:
    with served(secured(authority)) as port:
        trusting = ssl.create_default_context(cafile=authority.file)
        answer = httpx.get(f"https://127.0.0.1:{port}/healthz", verify=trusting)
        assert answer.text.startswith('"https')
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
        assert "server" not in answer.headers
        with pytest.raises(httpx.HTTPError):
            httpx.get(f"http://127.0.0.1:{port}/healthz")
        old = ssl.create_default_context(cafile=authority.file)
        with pytest.warns(DeprecationWarning, match="TLSv1"):
            old.minimum_version = ssl.TLSVersion.TLSv1
        with pytest.warns(DeprecationWarning, match="TLSv1"):
            old.maximum_version = ssl.TLSVersion.TLSv1_1
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"https://127.0.0.1:{port}/healthz", verify=old)


def test_only_named_proxies_are_believed() -> None:
    said = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
    with served(CommonSettings()) as port:
        answer = httpx.get(f"http://127.0.0.1:{port}/healthz", headers=said)
        assert answer.json() == "http 127.0.0.1"
        assert "Strict-Transport-Security" not in answer.headers
    with served(CommonSettings(http_trusted_proxies="127.0.0.0/8")) as port:
        answer = httpx.get(f"http://127.0.0.1:{port}/healthz", headers=said)
        assert answer.json() == "https 203.0.113.9"
        assert "Strict-Transport-Security" in answer.headers


def test_certificates_that_cannot_be_read_are_named(
    tmp_path: Path, authority: TestAuthority
) -> None:
    certificate, key = authority.issue("service", "127.0.0.1")
    _, other = authority.issue("other", "127.0.0.1")
    for pair in ((certificate, other), (tmp_path / "none", key), (key, certificate)):
        settings = CommonSettings(http_certificate_file=pair[0], http_key_file=pair[1])
        with pytest.raises(SettingsError, match="CLUSTERWATCH_HTTP_CERTIFICATE_FILE"):
            server_options(settings)
    with pytest.raises(ValidationError, match="CLUSTERWATCH_HTTP_KEY_FILE"):
        CommonSettings(http_certificate_file=certificate)
