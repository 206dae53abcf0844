"""Subscriptions: list, form with preview, test, end."""

from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request, Response

from services.alerts.api.models import SubscriptionAnswer, SubscriptionBody, answer
from services.alerts.api.preview import coming_view, preview_items
from services.alerts.api.reach import Asker
from services.alerts.api.subscriptions import checked, visible_subscription
from services.alerts.console.choices import plans, unit_groups
from services.alerts.console.forms import OwnForm
from services.alerts.console.pages import go
from services.alerts.console.parts import ConsoleParts
from services.alerts.console.subscription_form import (
    BadForm,
    Form,
    blank,
    body_of,
    filled,
    form_choices,
)
from services.alerts.domain.subscription import Subscription
from shared.access.readers import Reader
from shared.http import Problem

_LIST = "/console/subscriptions"
_NEW = "new"


def subscription_pages(parts: ConsoleParts) -> APIRouter:
    """Routes; plain functions, so FastAPI runs them in its thread pool."""
    router = APIRouter()

    @router.get(_LIST)
    def show_list(request: Request, reader: Asker) -> Response:
        with parts.transaction() as ledger:
            found = [one for one in ledger.subscriptions() if parts.reach.subscription(reader, one)]
        rows = [{**answer(one).model_dump(), "about": _about(parts, one)} for one in found]
        return parts.pages.show(
            request, "subscriptions.html.j2", here="subscriptions", subscriptions=rows
        )

    @router.get(_LIST + "/{subscription_id}")
    def show(request: Request, subscription_id: str, reader: Asker) -> Response:
        standing = _standing(parts, reader, subscription_id)
        form = blank(reader) if standing is None else filled(answer(standing))
        return _page(parts, request, subscription_id, reader, form)

    @router.post(_LIST + "/{subscription_id}/test")
    def test(subscription_id: str, _form: OwnForm, reader: Asker) -> Response:
        with parts.transaction() as ledger:
            visible_subscription(ledger, parts.reach, reader, subscription_id)
            parts.manage.test(ledger, subscription_id)
        parts.wake()
        return go("/console/deliveries", subscription=subscription_id, done="tested")

    @router.post(_LIST + "/{subscription_id}")
    def change(request: Request, subscription_id: str, form: OwnForm, reader: Asker) -> Response:
        standing = _standing(parts, reader, subscription_id)
        if form.get("do") == "end" and standing is not None:
            with parts.transaction() as ledger:
                parts.manage.end(ledger, standing.id, reader.name)
            return go(_LIST, done="ended")
        page = partial(_page, parts, request, subscription_id, reader, Form.of(form))
        try:
            body = body_of(form)
            wanted = checked(parts.manage, body, parts.reach, reader, standing)
        except (BadForm, Problem) as refused:
            return page(error=refused.detail if isinstance(refused, Problem) else str(refused))
        if form.get("do") == "preview":
            return page(preview=_preview(parts, wanted, body), coming=_coming(parts, wanted))
        _save(parts, wanted, standing, reader)
        return go(_LIST, done="saved")

    return router


def _standing(parts: ConsoleParts, reader: Reader, subscription_id: str) -> Subscription | None:
    """The subscription to change, null for a new one; raises `Problem` (404)."""
    if subscription_id == _NEW:
        return None
    with parts.transaction() as ledger:
        return visible_subscription(ledger, parts.reach, reader, subscription_id)


def _save(
    parts: ConsoleParts, wanted: Subscription, standing: Subscription | None, reader: Reader
) -> None:
    with parts.transaction() as ledger:
        if standing is None:
            parts.manage.create(ledger, wanted, reader.name)
        else:
            parts.manage.replace(ledger, standing.id, wanted, reader.name)


def _preview(
    parts: ConsoleParts, wanted: Subscription, body: SubscriptionBody
) -> list[dict[str, Any]]:
    with parts.look() as ledger:
        return preview_items(parts.preview(ledger, replace(wanted, id="")), body.role)


def _coming(parts: ConsoleParts, wanted: Subscription) -> list[dict[str, Any]]:
    """Papers that will be due, with the names of their units."""
    found = parts.preview.papers(wanted)
    name = parts.reach.directory.name_of
    return [{**coming_view(one), "name": name(one.order.plan, one.order.unit)} for one in found]


def _page(
    parts: ConsoleParts,
    request: Request,
    subscription_id: str,
    reader: Reader,
    form: Form,
    *,
    preview: list[dict[str, Any]] | None = None,
    coming: list[dict[str, Any]] | None = None,
    error: str | None = None,
) -> Response:
    return parts.pages.show(
        request,
        "subscription.html.j2",
        here="subscriptions",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK,
        error=error,
        id="" if subscription_id == _NEW else subscription_id,
        form=form,
        preview=preview,
        coming=coming,
        plans=plans(parts.reach, reader),
        regions=unit_groups(parts.reach, reader, regions=True),
        units=unit_groups(parts.reach, reader),
        **form_choices(parts.pages, form),
    )


def _about(parts: ConsoleParts, subscription: Subscription | SubscriptionAnswer) -> str:
    """What it is about, in names."""
    wanted = subscription.filter
    units = parts.reach.catalogue.units
    named = [
        parts.reach.directory.plan_title(wanted.plan) if wanted.plan else "",
        *(units[one].name if one in units else one for one in (wanted.region, wanted.unit) if one),
        dict(parts.pages.words("rules", [wanted.rule])).get(wanted.rule, "") if wanted.rule else "",
    ]
    return " · ".join(part for part in named if part) or "全部"
