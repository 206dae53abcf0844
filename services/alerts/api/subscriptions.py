"""Routes that manage subscriptions."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Response

from services.alerts.api.models import SubscriptionAnswer, SubscriptionBody, answer
from services.alerts.domain.subscription import Subscription
from services.alerts.domain.target import unmasked
from services.alerts.use_cases.subscriptions import (
    BadTarget,
    ManageSubscriptions,
    SubscriptionLedger,
)
from shared.http import Problem

_ACTOR = "api"

OpenSubscriptions = Callable[[], AbstractContextManager[SubscriptionLedger]]


def subscriptions_router(manage: ManageSubscriptions, transaction: OpenSubscriptions) -> APIRouter:
    """CRUD and test; plain functions, so FastAPI runs them in its thread pool."""
    router = APIRouter(prefix="/api/v1/subscriptions", tags=["subscriptions"])

    @router.get("", summary="Subscriptions in force")
    def list_subscriptions() -> dict[str, Any]:
        with transaction() as ledger:
            items = [answer(found) for found in ledger.subscriptions()]
        return {"items": items, "next": None}

    @router.post("", status_code=HTTPStatus.CREATED, summary="Subscribe")
    def create(body: SubscriptionBody, response: Response) -> SubscriptionAnswer:
        wanted = _checked(manage, body)
        with transaction() as ledger:
            created = manage.create(ledger, wanted, _ACTOR)
        response.headers["Location"] = f"/api/v1/subscriptions/{created.id}"
        return answer(created)

    @router.get("/{subscription_id}", summary="One subscription")
    def show(subscription_id: str) -> SubscriptionAnswer:
        with transaction() as ledger:
            return answer(_found(ledger.subscription(subscription_id), subscription_id))

    @router.put("/{subscription_id}", summary="Replace a subscription")
    def change(subscription_id: str, body: SubscriptionBody) -> SubscriptionAnswer:
        with transaction() as ledger:
            standing = ledger.subscription(subscription_id)
        wanted = _checked(manage, body, _found(standing, subscription_id))
        with transaction() as ledger:
            changed = manage.replace(ledger, subscription_id, wanted, _ACTOR)
        return answer(_found(changed, subscription_id))

    @router.delete("/{subscription_id}", status_code=HTTPStatus.NO_CONTENT, summary="End it")
    def end(subscription_id: str) -> None:
        with transaction() as ledger:
            if not manage.end(ledger, subscription_id, _ACTOR):
                raise _missing(subscription_id)

    _add_test(router, manage, transaction)
    return router


def _add_test(
    router: APIRouter, manage: ManageSubscriptions, transaction: OpenSubscriptions
) -> None:
    @router.post(
        "/{subscription_id}/test", status_code=HTTPStatus.ACCEPTED, summary="Send me a test"
    )
    def test(subscription_id: str) -> dict[str, Any]:
        with transaction() as ledger:
            deliveries = manage.test(ledger, subscription_id)
        if deliveries is None:
            raise _missing(subscription_id)
        return {"deliveries": list(deliveries)}


def _checked(
    manage: ManageSubscriptions, body: SubscriptionBody, standing: Subscription | None = None
) -> Subscription:
    """The subscription that is asked for; targets read masked stay what they were."""
    wanted = body.wanted()
    if standing is not None:
        wanted = replace(wanted, channels=unmasked(wanted.channels, standing.channels))
    try:
        manage.check_targets(wanted.channels)
    except BadTarget as refused:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, str(refused)) from refused
    return wanted


def _found(subscription: Subscription | None, subscription_id: str) -> Subscription:
    if subscription is None:
        raise _missing(subscription_id)
    return subscription


def _missing(subscription_id: str) -> Problem:
    return Problem(HTTPStatus.NOT_FOUND, f"no subscription {subscription_id}")
