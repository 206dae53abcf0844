"""Makes pages from templates: the menu, the words, and what keeps other sites out."""

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import yaml
from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.alerts.adapters.wording import UNKNOWN, Words
from services.alerts.domain.calendar import BEIJING
from shared.access.gate import credentials, reader_of
from shared.access.readers import Role
from shared.access.tokens import csrf_of

_HERE = Path(__file__).parent
STATIC = _HERE / "static"
FORM_COOKIE = "clusterwatch_form"
"""Proves that a form is ours while nobody signs in."""

_CSP = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
MENU = (
    ("alerts", "/console/alerts", "告警"),
    ("subscriptions", "/console/subscriptions", "订阅"),
    ("silences", "/console/silences", "静默"),
    ("papers", "/console/papers", "通报"),
    ("deliveries", "/console/deliveries", "发送记录"),
    ("intake", "/console/intake", "收数"),
    ("audit", "/console/audit", "审计"),
)
_FOR_ADMINISTRATORS = frozenset({"intake", "audit"})


@dataclass(frozen=True, slots=True)
class Pages:
    """Renders a template into an answer."""

    environment: Environment
    data_label: str

    @classmethod
    def load(cls, data_label: str = "") -> "Pages":
        """Read templates and words."""
        words = Words.load("zh")
        own = yaml.safe_load((_HERE / "words.yaml").read_text(encoding="utf-8"))
        tables = {**words.tables, **own}
        tables["reasons"] = {**own["reasons"], **words.tables["reasons"]}
        environment = Environment(
            loader=FileSystemLoader(_HERE / "templates"),
            undefined=StrictUndefined,
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
        )

        def word(table: str, name: object) -> str:
            return str(tables[table].get(str(name), name))

        def rule_name(labels: Mapping[str, str]) -> str:
            name = labels.get("alertname", "")
            return str(tables["rules"].get(name, name))

        environment.filters |= {
            "word": word,
            "period": words.period,
            "amount": words.amount,
            "moment": moment,
            "clock": lambda at: f"{at:%H:%M}",
        }
        environment.globals["rule_name"] = rule_name
        return cls(environment, data_label)

    def words(self, table: str, names: Iterable[str]) -> list[tuple[str, str]]:
        """Choices of a list: each name with its word."""
        word = self.environment.filters["word"]
        return [(name, word(table, name)) for name in names]

    def show(
        self,
        request: Request,
        template: str,
        *,
        here: str = "",
        status: HTTPStatus = HTTPStatus.OK,
        error: str | None = None,
        **context: Any,  # noqa: ANN401 - whatever the template needs
    ) -> HTMLResponse:
        """A page; it is never kept by browsers, and runs no script."""
        reader = reader_of(request)
        administers = reader.role is Role.ADMINISTRATOR
        menu = [one for one in MENU if administers or one[0] not in _FOR_ADMINISTRATORS]
        seed = _seed(request) or secrets.token_urlsafe(24)
        body = self.environment.get_template(template).render(
            here=here,
            menu=menu,
            reader=reader,
            may_act=reader.role in {Role.ADMINISTRATOR, Role.TASK_FORCE},
            who="" if reader.name == "local" else reader.name,
            data_label=self.data_label,
            done=request.query_params.get("done") if error is None else None,
            error=error,
            csrf=csrf_of(seed),
            **context,
        )
        answer = HTMLResponse(body, status, {"Content-Security-Policy": _CSP})
        answer.headers["Cache-Control"] = "no-store"
        if not _seed(request):
            answer.set_cookie(FORM_COOKIE, seed, httponly=True, samesite="strict")
        return answer


def go(place: str, **query: str) -> RedirectResponse:
    """After a form: to a page that can be loaded again without sending the form twice."""
    path, _, anchor = place.partition("#")
    target = f"{path}?{urlencode(query)}" if query else path
    return RedirectResponse(target + (f"#{anchor}" if anchor else ""), HTTPStatus.SEE_OTHER)


def csrf_wanted(request: Request) -> str | None:
    """What a form must hold; null where no page of ours was shown before."""
    seed = _seed(request)
    return csrf_of(seed) if seed else None


def _seed(request: Request) -> str:
    return credentials(request) or request.cookies.get(FORM_COOKIE, "")


def moment(text: str | datetime | None) -> str:
    """A time as people in China read it."""
    if text is None:
        return UNKNOWN
    at = datetime.fromisoformat(text) if isinstance(text, str) else text
    return f"{at.astimezone(BEIJING):%Y-%m-%d %H:%M}"


def etag(content: bytes) -> str:
    """Name of a version of a file."""
    return f'"{hashlib.sha256(content).hexdigest()[:16]}"'
