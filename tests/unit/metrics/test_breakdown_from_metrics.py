"""The yearly break-down asks the read API for bases and shares."""

import httpx
import pytest
from fastapi import FastAPI

from clusterwatch.breakdown import break_down
from clusterwatch.breakdown.metrics_api import MetricsApi, MetricsError
from services.metrics.testing import Service
from shared.testing.facts import fact, membership
from shared.testing.http import AppClient

BEARINGS, EQUIPMENT = "szah-lb-bearings", "szah-equipment"


class AppTransport(httpx.BaseTransport):
    """Hands requests to an application in this process."""

    def __init__(self, client: AppClient) -> None:
        self._client = client

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._client.get(request.url.raw_path.decode())
        return httpx.Response(answer.status_code, json=answer.json(), request=request)


def api_of(service: Service, *, masking: bool = True) -> MetricsApi:
    transport = AppTransport(service.api(masking=masking))
    return MetricsApi(httpx.Client(base_url="http://metrics", transport=transport))


def test_base_and_pace_come_from_the_service(service: Service) -> None:
    facts = [
        fact(BEARINGS, firm, f"2024-{month:02d}", ytd=ytd)
        for firm in "abc"
        for month, ytd in ((2, 100_000_000), (6, 400_000_000), (12, 830_000_000))
    ]
    service.feed([*(membership(BEARINGS, firm, "2023-01") for firm in "abc"), *facts])

    rows = break_down(service.catalogue.plan("suzhou-2027"), api_of(service))

    target = next(row for row in rows if row.indicator.id == "szah-lb-bearings-output")
    assert target.base is not None
    assert target.base.value == 2_490_000_000
    assert target.base_source.startswith("2024年统计数据，截至")
    assert [year.required for year in target.years] == [3_957_912_889, 6_291_194_552, 10**10]
    last = target.years[-1]
    assert last.months[0] == round(10**10 * 100 / 830)
    assert last.months[4] == round(10**10 * 400 / 830)
    assert last.months[1] is None
    assert "本单元前1年累计占比均值" in last.reasons


def test_what_is_masked_stays_unknown(service: Service) -> None:
    service.feed(
        [
            membership(BEARINGS, "a", "2023-01"),
            fact(BEARINGS, "a", "2024-02", ytd=100_000_000),
            fact(BEARINGS, "a", "2024-12", ytd=2_490_000_000),
        ]
    )

    rows = break_down(service.catalogue.plan("suzhou-2027"), api_of(service))

    target = next(row for row in rows if row.indicator.id == "szah-lb-bearings-output")
    assert target.base is None
    assert target.reasons[0].startswith("缺少基数")


def test_an_address_that_is_no_metrics_service_is_named(service: Service) -> None:
    app = FastAPI()

    @app.get("/api/v1/clusters/{unit}/history")
    def other(unit: str) -> list[str]:
        return [unit]

    transport = AppTransport(AppClient(app))
    api = MetricsApi(httpx.Client(base_url="http://other", transport=transport))
    plan = service.catalogue.plan("suzhou-2027")

    with pytest.raises(MetricsError, match="no metrics service"):
        break_down(plan, api)
