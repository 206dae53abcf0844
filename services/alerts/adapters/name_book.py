"""Names of enterprises and projects from ingest, for messages to readers who may see them."""

import ssl
from collections.abc import Mapping, Sequence

import httpx
import structlog

_log = structlog.get_logger(__name__)

_SECONDS = 5.0


class HttpNameBook:
    """`NameBook` over HTTP; ingest writes down each asking. What it does not tell stays a token.

    A message is never late for want of a name: when ingest does not answer, none is told.
    """

    def __init__(
        self,
        url: str,
        token: str = "",
        transport: httpx.BaseTransport | None = None,
        *,
        verify: ssl.SSLContext | bool = True,
    ) -> None:
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._transport = transport
        self._verify = verify

    def names(self, subjects: Sequence[str], reader: str) -> Mapping[str, str]:
        found: dict[str, str] = {}
        with httpx.Client(
            base_url=self._url,
            headers=self._headers,
            timeout=_SECONDS,
            transport=self._transport,
            verify=self._verify,
            trust_env=False,
        ) as client:
            for subject in dict.fromkeys(subjects):
                try:
                    answer = client.get(f"/api/v1/subjects/{subject}", params={"who": reader})
                    body = answer.json()
                except (httpx.HTTPError, ValueError) as error:
                    _log.warning("names_not_told", ingest=self._url, error=repr(error))
                    break
                name = body.get("name") if isinstance(body, dict) else None
                if answer.is_success and isinstance(name, str):
                    found[subject] = name
        return found
