"""Routes that manage subscriptions."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Response

from services.alerts.api.models import SubscriptionAnswer, SubscriptionBody, answer
from services.alerts.api.reach import Asker, Reach
from services.alerts.domain.subscription import Subscription
from services.alerts.domain.target import unmasked
from services.alerts.ports import SubscriptionBook
from services.alerts.use_cases.subscriptions import (
    BadTarget,
    ManageSubscriptions,
    SubscriptionLedger,
)
from shared.access.readers import Reader
from shared.http import Problem

OpenSubscriptions = Callable[[], AbstractContextManager[SubscriptionLedger]]


def subscriptions_router(
    manage: ManageSubscriptions, transaction: OpenSubscriptions, reach: Reach
) -> APIRouter:
    """CRUD and test; plain functions, so FastAPI runs them in its thread pool."""
    router = APIRouter(prefix="/api/v1/subscriptions", tags=["subscriptions"])

    @router.get("", summary="Subscriptions in force")
    def list_subscriptions(reader: Asker) -> dict[str, Any]:
        with transaction() as ledger:
            found = ledger.subscriptions()
        items = [answer(one) for one in found if reach.subscription(reader, one)]
        return {"items": items, "next": None}

    @router.post("", status_code=HTTPStatus.CREATED, summary="Subscribe")
    def create(body: SubscriptionBody, response: Response, reader: Asker) -> SubscriptionAnswer:
        wanted = checked(manage, body, reach, reader)
        with transaction() as ledger:
            created = manage.create(ledger, wanted, reader.name)
        response.headers["Location"] = f"/api/v1/subscriptions/{created.id}"
        return answer(created)

    @router.get("/{subscription_id}", summary="One subscription")
    def show(subscription_id: str, reader: Asker) -> SubscriptionAnswer:
        with transaction() as ledger:
            return answer(visible_subscription(ledger, reach, reader, subscription_id))

    @router.put("/{subscription_id}", summary="Replace a subscription")
    def change(subscription_id: str, body: SubscriptionBody, reader: Asker) -> SubscriptionAnswer:
        with transaction() as ledger:
            standing = visible_subscription(ledger, reach, reader, subscription_id)
        wanted = checked(manage, body, reach, reader, standing)
        with transaction() as ledger:
            changed = manage.replace(ledger, subscription_id, wanted, reader.name)
        if changed is None:
            raise _missing(subscription_id)
        return answer(changed)

    @router.delete("/{subscription_id}", status_code=HTTPStatus.NO_CONTENT, summary="End it")
    def end(subscription_id: str, reader: Asker) -> None:
        with transaction() as ledger:
            visible_subscription(ledger, reach, reader, subscription_id)
            manage.end(ledger, subscription_id, reader.name)

    _add_test(router, manage, transaction, reach)
    return router


def _add_test(
    router: APIRouter, manage: ManageSubscriptions, transaction: OpenSubscriptions, reach: Reach
) -> None:
    @router.post(
        "/{subscription_id}/test", status_code=HTTPStatus.ACCEPTED, summary="Send me a test"
    )
    def test(subscription_id: str, reader: Asker) -> dict[str, Any]:
        with transaction() as ledger:
            visible_subscription(ledger, reach, reader, subscription_id)
            deliveries = manage.test(ledger, subscription_id)
        return {"deliveries": list(deliveries or ())}


def checked(
    manage: ManageSubscriptions,
    body: SubscriptionBody,
    reach: Reach,
    reader: Reader,
    standing: Subscription | None = None,
) -> Subscription:
    """The subscription that is asked for; targets read masked stay what they were."""
    wanted = reach.with_papers(body.wanted())
    reach.check_subscription(reader, wanted)
    if standing is not None:
        wanted = replace(wanted, channels=unmasked(wanted.channels, standing.channels))
    try:
        manage.check_targets(wanted.channels)
    except BadTarget as refused:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, str(refused)) from refused
    return wanted


def visible_subscription(
    ledger: SubscriptionBook, reach: Reach, reader: Reader, subscription_id: str
) -> Subscription:
    """A subscription in force; a problem (404) where there is none that may be seen."""
    found = ledger.subscription(subscription_id)
    if found is None or not reach.subscription(reader, found):
        raise _missing(subscription_id)
    return found


def _missing(subscription_id: str) -> Problem:
    return Problem(HTTPStatus.NOT_FOUND, f"no subscription {subscription_id}")
