"""What the commands ask the ingest service over HTTP."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import httpx
import typer

from clusterwatch.console import fail
from services.ingest.settings import IngestSettings

_SECONDS = 30.0
_PAGE = 500

Address = Annotated[
    str | None,
    typer.Option("--ingest", help="Address of ingest; default: this machine, at its port."),
]
AccessToken = Annotated[
    str | None,
    typer.Option(
        "--token",
        envvar="CLUSTERWATCH_API_TOKEN",
        help="Bearer token, where access control is on (see `clusterwatch tokens`).",
    ),
]


class IngestApi:
    """Calls end the command with a word on what to do when ingest does not answer as wished."""

    def __init__(
        self,
        address: str | None,
        token: str | None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._address = address or f"http://127.0.0.1:{IngestSettings().ingest_port}"
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
                f"ingest at {self._address} does not answer ({type(error).__name__}): "
                "start it with `clusterwatch run`, or name it with --ingest"
            )
        if not isinstance(body, dict) or not answer.is_success:
            detail = body.get("detail") if isinstance(body, dict) else body
            fail(f"ingest says {answer.status_code}: {detail}")
        return body
