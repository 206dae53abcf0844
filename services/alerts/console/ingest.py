"""What ingest and metrics know, asked server-side with the rights of whoever is signed in."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import httpx
from fastapi import Request

from shared.access.gate import credentials
from shared.access.tokens import csrf_of
from shared.storage.audit import AuditLine

_PATIENCE = httpx.Timeout(10.0, connect=3.0)


@dataclass(frozen=True, slots=True)
class Answer:
    """The body of an answer, or what went wrong."""

    body: Mapping[str, Any] | None
    problem: str | None = None

    @property
    def items(self) -> list[Any]:
        """Items of a list; none where it did not come."""
        return [] if self.body is None else list(self.body.get("items", ()))


@dataclass(frozen=True, slots=True)
class IngestPages:
    """Calls block; none follows a redirect."""

    ingest_url: str
    metrics_url: str
    transport: httpx.BaseTransport | None = None
    verify: ssl.SSLContext | bool = True

    def get(self, request: Request, path: str, **query: str | int) -> Answer:
        """Something of ingest."""
        return self._ask(request, "GET", f"{self.ingest_url}{path}", params=query)

    def post(self, request: Request, path: str, body: Mapping[str, Any]) -> Answer:
        """Tell ingest something."""
        return self._ask(request, "POST", f"{self.ingest_url}{path}", json=body)

    def audit(self, request: Request, limit: int) -> list[tuple[str, list[AuditLine], str | None]]:
        """Title, newest lines, and what went wrong, of the other services' audit logs."""
        found = []
        for title, url in (("收数服务", self.ingest_url), ("指标服务", self.metrics_url)):
            answer = self._ask(request, "GET", f"{url}/api/v1/audit", params={"limit": limit})
            lines = [AuditLine(**item) for item in answer.items]
            found.append((title, lines, answer.problem))
        return found

    def _ask(self, request: Request, method: str, url: str, **options: Any) -> Answer:  # noqa: ANN401 - httpx's own
        token = credentials(request)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if method == "POST" and token:
            # The form has proven where it comes from before this is called.
            headers["X-CSRF-Token"] = csrf_of(token)
        try:
            with httpx.Client(
                timeout=_PATIENCE,
                trust_env=False,
                transport=self.transport,
                verify=self.verify,
            ) as client:
                answer = client.request(method, url, headers=headers, **options)
            body = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            return Answer(None, f"没有应答（{type(error).__name__}）。")
        if answer.is_success and isinstance(body, dict):
            return Answer(body)
        return Answer(None, _reason(answer.status_code, body))


def _reason(status: int, body: object) -> str:
    if status == HTTPStatus.FORBIDDEN:
        return "您的令牌无权查看。"
    detail = body.get("detail") if isinstance(body, dict) else None
    return f"不能提供（HTTP {status}）：{detail or ''}"
