"""What the commands ask the services over HTTP."""

import re
import ssl
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, NoReturn

import httpx
import typer

from clusterwatch.console import fail
from clusterwatch.services import port_of, settings_class
from shared.authorities import believed
from shared.own_https import scheme, trust

_SECONDS = 30.0
_PAGE = 500
_SHOWN = 200
_NOT_BELIEVED = "CERTIFICATE_VERIFY_FAILED"
_FILE_NAME = re.compile(r'filename="([\w.-]+)"')
"""A plain name, without a path."""

IngestAddress = Annotated[
    str | None,
    typer.Option("--ingest", help="Address of ingest; default: this machine, at its port."),
]
MetricsAddress = Annotated[
    str | None,
    typer.Option("--metrics", help="Address of metrics; default: this machine, at its port."),
]
AlertsAddress = Annotated[
    str | None,
    typer.Option("--alerts", help="Address of alerts; default: this machine, at its port."),
]
AccessToken = Annotated[
    str | None,
    typer.Option(
        "--token",
        envvar="CLUSTERWATCH_API_TOKEN",
        help="Bearer token, where access control is on (see `clusterwatch tokens`).",
    ),
]


class ServiceApi:
    """Calls end the command with a word on what to do when a service does not answer as wished."""

    def __init__(
        self,
        service: str,
        address: str | None,
        token: str | None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._service = service
        self._address, verify = _at(address, service) if address else _on_this_machine(service)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._options: dict[str, Any] = {
            "base_url": self._address,
            "headers": headers,
            "timeout": _SECONDS,
            "trust_env": False,
            "transport": transport,
            "verify": verify,
        }

    def get(self, path: str, **query: str | int) -> dict[str, Any]:
        """Body of a GET."""
        return self._ask("GET", path, params=query)

    def post(self, path: str, body: Mapping[str, object]) -> dict[str, Any]:
        """Body of a POST's answer."""
        return self._ask("POST", path, json=dict(body))

    def download(self, path: str, **query: str | int) -> tuple[str, bytes]:
        """Name and content of a file that a GET answers with."""
        answer = self._answer("GET", path, params=query)
        if not answer.is_success:
            fail(f"{self._service} says {answer.status_code}: {_detail(answer)}")
        named = _FILE_NAME.search(answer.headers.get("content-disposition", ""))
        return (named[1] if named else path.rsplit("/", 1)[-1]), answer.content

    def items(self, path: str, **query: str | int) -> Iterator[dict[str, Any]]:
        """All items of a list, over all its pages."""
        cursor: int | None = 0
        while cursor is not None:
            page = self.get(path, **query, limit=_PAGE, cursor=cursor)
            yield from page["items"]
            cursor = page["next"]

    def _ask(self, method: str, path: str, **options: Any) -> dict[str, Any]:  # noqa: ANN401 - httpx's own
        answer = self._answer(method, path, **options)
        try:
            body = answer.json()
        except ValueError as error:
            self._no_answer(error)
        if not isinstance(body, dict) or not answer.is_success:
            fail(f"{self._service} says {answer.status_code}: {_detail(answer)}")
        return body

    def _answer(self, method: str, path: str, **options: Any) -> httpx.Response:  # noqa: ANN401 - httpx's own
        try:
            with httpx.Client(**self._options) as client:
                return client.request(method, path, **options)
        except httpx.HTTPError as error:
            self._no_answer(error)

    def _no_answer(self, error: Exception) -> NoReturn:
        if _NOT_BELIEVED in str(error):
            fail(
                f"the certificate of {self._service} at {self._address} is not believed: name its "
                "authority in CLUSTERWATCH_HTTP_CA_FILE"
            )
        fail(
            f"{self._service} at {self._address} does not answer ({type(error).__name__}): "
            f"start it with `clusterwatch run`, or name it with --{self._service}"
        )


def _detail(answer: httpx.Response) -> object:
    """What a problem document says; of any other body its beginning."""
    try:
        body = answer.json()
    except ValueError:
        return answer.text[:_SHOWN]
    return body.get("detail") if isinstance(body, dict) else body


def _at(address: str, service: str) -> tuple[str, ssl.SSLContext | bool]:
    """The address, and which authorities are believed there."""
    return address, believed(settings_class(service)().http_ca_file)


def _on_this_machine(service: str) -> tuple[str, ssl.SSLContext | bool]:
    """Its address, and what to trust there. Ends the command when that cannot be read."""
    settings = settings_class(service)()
    certificate = settings.http_certificate_file
    try:
        trusting = trust(certificate)
    except OSError as error:
        fail(f"CLUSTERWATCH_HTTP_CERTIFICATE_FILE={certificate} cannot be read: {error}")
    return f"{scheme(certificate)}://127.0.0.1:{port_of(service, settings)}", trusting or True
