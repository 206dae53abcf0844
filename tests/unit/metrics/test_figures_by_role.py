"""Complete figures are a right of its own, within a scope; everybody else sees masked ones."""

from services.metrics.testing import Service
from shared.access.gate import reader_of
from shared.access.readers import LOCAL, Reader, Role, Scope
from shared.testing.facts import fact, membership
from shared.testing.http import AppClient

BEARINGS, PARTS = "szah-lb-bearings", "szah-sx-auto-parts"
LINGBI = "suzhou-ah-lingbi"


def asked_by(service: Service, reader: Reader) -> AppClient:
    """The read API behind a gate that has found out who asks."""
    client = service.api()
    client.app.dependency_overrides[reader_of] = lambda: reader
    return client


def fill(service: Service) -> None:
    """One enterprise in each of two clusters: both are confidential."""
    for unit in (BEARINGS, PARTS):
        service.feed([membership(unit, "a", "2023-01"), fact(unit, "a", "2026-05", ytd=10**8)])


def ytd(client: AppClient, unit: str, query: str = "") -> int | None:
    body = client.get(f"/api/v1/clusters/{unit}{query}").json()
    assert body["suppressed"] is (body["ytd"] is None)
    return None if body["ytd"] is None else int(body["ytd"])


def test_the_right_to_complete_figures_ends_with_its_scope(service: Service) -> None:
    fill(service)
    scope = Scope(units=frozenset({BEARINGS}))
    client = asked_by(service, Reader("轴承专班", Role.TASK_FORCE, scope, complete=True))

    assert ytd(client, BEARINGS) == 10**8
    assert ytd(client, PARTS) is None


def test_a_region_s_scope_covers_the_clusters_in_it(service: Service) -> None:
    fill(service)
    scope = Scope(units=frozenset({LINGBI}))
    client = asked_by(service, Reader("灵璧县", Role.VIEWER, scope, complete=True))

    assert ytd(client, BEARINGS) == 10**8
    assert ytd(client, PARTS) is None


def test_not_even_an_administrator_has_the_right_without_being_given_it(service: Service) -> None:
    fill(service)

    for reader in (LOCAL, Reader("管理员", Role.ADMINISTRATOR)):
        assert ytd(asked_by(service, reader), BEARINGS) is None


def test_lists_histories_the_past_and_publications_follow_the_right_too(service: Service) -> None:
    fill(service)
    client = asked_by(service, Reader("统计局", Role.ADMINISTRATOR, complete=True))
    body = {"plan": "suzhou-2027", "period": "2026-05", "by": "统计局"}
    assert client.request("POST", "/api/v1/publications", json=body).status_code == 201
    paths = (
        "/api/v1/clusters?plan=suzhou-2027",
        f"/api/v1/clusters/{BEARINGS}/history",
        "/api/v1/publications/suzhou-2027/2026-05",
    )

    for path in paths:
        items = client.get(path).json()["items"]
        assert [i["ytd"] for i in items if i["cluster"] == BEARINGS] == [10**8], path
    assert ytd(client, BEARINGS, "?as_of=2026-06-10") == 10**8
    assert service.api().get(paths[2]).json()["items"][0]["ytd"] is None
