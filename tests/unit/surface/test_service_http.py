from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
from fastapi import FastAPI, HTTPException
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector, CollectorRegistry

from shared.http import Problem, create_service_app
from shared.storage.reconciliation import summary
from shared.testing.http import AppClient


class Numbers(Collector):
    def collect(self) -> list[GaugeMetricFamily]:
        return [GaugeMetricFamily("clusterwatch_test_things", "Things.", 3)]


@asynccontextmanager
async def no_lifespan(_app: FastAPI) -> AsyncIterator[None]:
    yield


def client(
    alive: Callable[[], str | None] = lambda: None,
    ready: str | None = None,
    counts: Mapping[str, Mapping[str, int]] | None = None,
) -> AppClient:
    registry = CollectorRegistry()
    registry.register(Numbers())

    async def readiness() -> str | None:
        return ready

    app = create_service_app(
        title="clusterwatch test",
        version="1",
        lifespan=no_lifespan,
        registry=registry,
        alive=alive,
        ready=readiness,
        reconciliation=lambda: summary(counts or {}),
    )

    @app.get("/missing/{thing}")
    async def missing(thing: str) -> None:
        raise Problem(404, f"there is no {thing}", remedy="ask for another", known=["a"])

    @app.get("/teapot")
    async def teapot() -> None:
        raise HTTPException(409, "already there")

    @app.get("/fault")
    async def fault() -> None:
        raise RuntimeError("the password is hunter2")

    @app.get("/number")
    async def number(n: int) -> int:
        return n

    return AppClient(app)


def problem(answer: Any, status: int) -> dict[str, Any]:
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert (body["type"], body["status"]) == ("about:blank", status)
    return body


def test_a_service_that_makes_progress_is_healthy_and_ready() -> None:
    http = client()

    assert http.get("/healthz").json() == http.get("/readyz").json() == {"status": "ok"}


def test_a_stalled_service_is_not_healthy_and_says_why() -> None:
    body = problem(client(alive=lambda: "a batch has waited too long").get("/healthz"), 503)

    assert body["title"] == "Service Unavailable"
    assert body["detail"] == "a batch has waited too long"


def test_a_service_without_kafka_is_alive_but_not_ready() -> None:
    http = client(ready="Kafka does not answer")

    assert http.get("/healthz").status_code == 200
    assert problem(http.get("/readyz"), 503)["detail"] == "Kafka does not answer"


def test_reconciliation_is_served_with_all_states() -> None:
    body = client(counts={"t": {"consumed": 2, "applied": 2}}).get("/api/v1/reconciliation").json()

    assert (body["consumed"], body["applied"], body["held"]) == (2, 2, 0)
    assert body["topics"]["t"]["consumed"] == 2


@pytest.mark.parametrize("accept", ["", "text/plain", "application/openmetrics-text"])
def test_metrics_are_served_in_the_format_that_is_asked_for(accept: str) -> None:
    answer = client().get("/metrics", headers={"accept": accept})

    assert answer.status_code == 200
    assert "clusterwatch_test_things 3.0" in answer.text
    kind = "application/openmetrics-text" if "open" in accept else "text/plain"
    assert answer.headers["content-type"].startswith(kind)


def test_a_problem_carries_its_detail_and_what_was_added() -> None:
    body = problem(client().get("/missing/cluster"), 404)

    assert body["title"] == "Not Found"
    assert body["detail"] == "there is no cluster"
    assert (body["remedy"], body["known"]) == ("ask for another", ["a"])


def test_an_unknown_path_is_a_problem_too() -> None:
    assert problem(client().get("/no/such/path"), 404)["title"] == "Not Found"


def test_a_wrong_method_is_a_problem_that_names_the_right_ones() -> None:
    answer = client().request("DELETE", "/healthz")

    problem(answer, 405)
    assert answer.headers["allow"] == "GET"


def test_other_http_errors_are_problems() -> None:
    assert problem(client().get("/teapot"), 409)["detail"] == "already there"


def test_an_invalid_request_names_the_fields() -> None:
    body = problem(client().get("/number?n=many"), 422)

    assert body["errors"][0]["field"] == "query.n"
    assert "query.n" in body["detail"]


def test_a_fault_tells_nothing_about_the_inside() -> None:
    answer = client().get("/fault")

    assert "hunter2" not in answer.text
    assert problem(answer, 500)["title"] == "Internal Server Error"


def test_the_routes_describe_themselves() -> None:
    paths = client().get("/openapi.json").json()["paths"]

    assert {"/healthz", "/readyz", "/api/v1/reconciliation"} <= paths.keys()
