"""What the commands ask the services over HTTP."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import httpx
import typer

from clusterwatch.console import fail
from clusterwatch.services import port_of, settings_class

_SECONDS = 30.0
_PAGE = 500

IngestAddress = Annotated[
    str | None,
    typer.Option("--ingest", help="Address of ingest; default: this machine, at its port."),
]
MetricsAddress = Annotated[
    str | None,
    typer.Option("--metrics", help="Address of metrics; default: this machine, at its port."),
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
        self._address = address or _on_this_machine(service)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._options: dict[str, Any] = {
            "base_url": self._address,
            "headers": headers,
            "timeout": _SECONDS,
            "trust_env": False,
            "transport": transport,
        }

    def get(self, path: str, **query: str | int) -> dict[str, Any]:
        """Body of a GET."""
        return self._ask("GET", path, params=query)

    def post(self, path: str, body: Mapping[str, object]) -> dict[str, Any]:
        """Body of a POST's answer."""
        return self._ask("POST", path, json=dict(body))

    def items(self, path: str, **query: str | int) -> Iterator[dict[str, Any]]:
        """All items of a list, over all its pages."""
        cursor: int | None = 0
        while cursor is not None:
            page = self.get(path, **query, limit=_PAGE, cursor=cursor)
            yield from page["items"]
            cursor = page["next"]

    def _ask(self, method: str, path: str, **options: Any) -> dict[str, Any]:  # noqa: ANN401 - httpx's own
        try:
            with httpx.Client(**self._options) as client:
                answer = client.request(method, path, **options)
            body = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            fail(
                f"{self._service} at {self._address} does not answer ({type(error).__name__}): "
                f"start it with `clusterwatch run`, or name it with --{self._service}"
            )
        if not isinstance(body, dict) or not answer.is_success:
            detail = body.get("detail") if isinstance(body, dict) else body
            fail(f"{self._service} says {answer.status_code}: {detail}")
        return body


def _on_this_machine(service: str) -> str:
    return f"http://127.0.0.1:{port_of(service, settings_class(service)())}"
