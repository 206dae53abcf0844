"""Scores of plan and regions, what-if, and what stands beside every verdict."""

import pytest

from services.metrics.domain.scores import LeftOut, mean_of, score_of
from services.metrics.testing import Service
from services.metrics.use_cases.views import outlook_of
from shared.events.facts import Fact
from shared.testing.facts import fact, membership
from shared.testing.http import AppClient

BEARINGS, PARTS, LABEL = "szah-lb-bearings", "szah-sx-auto-parts", "模拟数据"
FIRMS = "abcd"


def closed_years(unit: str, firms: str, first: int, second: int) -> list[Fact]:
    """Totals of 2024 and 2025 in million yuan for each firm, fully covered."""
    return [
        *(membership(unit, firm, "2023-01") for firm in firms),
        *(
            fact(unit, firm, period, ytd=total * 10**6, ytd_last_year=first * 10**6)
            for firm in firms
            for period, total in (("2024-12", first), ("2025-12", second))
        ),
    ]


def client_of(service: Service, *, masking: bool = True) -> AppClient:
    return service.api(masking=masking, data_label=LABEL)


@pytest.fixture
def client(service: Service) -> AppClient:
    service.feed(
        [
            *closed_years(BEARINGS, FIRMS, 600, 840),
            *closed_years("szah-sx-new-energy", FIRMS, 1000, 1500),
            *closed_years("szah-sx-agri-machinery", FIRMS, 1000, 900),
            *closed_years(PARTS, "e", 600, 840),
        ]
    )
    return client_of(service)


@pytest.mark.parametrize(
    ("verdict", "ratio", "score"),
    [
        ("achieved", -2.0, 100.0),
        ("on_track", 1.7, 100.0),
        ("behind", 0.61, 61.0),
        ("moving_away", -0.4, 0.0),
        ("no_target", None, LeftOut.NO_TARGET),
        ("incomplete", None, LeftOut.NOT_JUDGED),
        ("no_base", None, LeftOut.NOT_JUDGED),
    ],
)
def test_a_score_is_the_share_of_the_required_speed(
    verdict: str, ratio: float | None, score: float | LeftOut
) -> None:
    assert score_of(verdict, ratio, suppressed=False) == score
    assert score_of(verdict, ratio, suppressed=True) is LeftOut.SUPPRESSED


def test_a_mean_is_given_only_where_half_of_what_has_a_target_is_judged() -> None:
    assert mean_of([50.0, 100.0, LeftOut.NOT_JUDGED]).score == 75.0
    assert mean_of([50.0, LeftOut.NOT_JUDGED, LeftOut.NOT_JUDGED]).score is None
    assert mean_of([50.0, LeftOut.NO_TARGET, LeftOut.SUPPRESSED]).of == 1
    assert mean_of([LeftOut.NO_TARGET]).score is None
    assert mean_of([]).of == 0


def test_a_region_has_the_mean_of_its_clusters_and_names_them(client: AppClient) -> None:
    body = client.get("/api/v1/scores?plan=suzhou-2027&period=2025-12").json()

    scores = {item["unit"]: item for item in body["items"]}
    sixian = scores["suzhou-ah-sixian"]
    assert (sixian["score"], sixian["judged"], sixian["of"]) == (50.0, 2, 2)
    parts = {part["cluster"]: part for part in sixian["parts"]}
    assert parts["szah-sx-new-energy"]["score"] == 100.0
    assert parts["szah-sx-agri-machinery"]["score"] == 0.0
    assert parts[PARTS]["score"] is None
    assert parts[PARTS]["left_out"] == "suppressed"
    assert body["data_label"] == LABEL


def test_a_plan_of_which_too_little_is_judged_has_no_score(client: AppClient) -> None:
    first = client.get("/api/v1/scores?plan=suzhou-2027").json()["items"][0]

    assert first["kind"] == "city"
    assert first["score"] is None
    assert (first["judged"], first["of"]) == (3, 14)
    assert len(first["parts"]) == 15


def test_the_growth_that_is_needed_lands_on_the_target(client: AppClient) -> None:
    needed = client.get(f"/api/v1/clusters/{BEARINGS}").json()["catch_up_rate"]
    assert needed == pytest.approx((10_000 / 3360) ** 0.5 - 1)

    less = client.get(f"/api/v1/clusters/{BEARINGS}/what-if?growth=0.12").json()
    more = client.get(f"/api/v1/clusters/{BEARINGS}/what-if?growth={needed + 1e-6}").json()

    assert less["start"] == 3_360_000_000
    assert less["lands"]["year"] == 2027
    assert less["lands"]["value"] == pytest.approx(3_360_000_000 * 1.12**2)
    assert less["meets_target"] is False
    assert less["growth_needed"] == needed
    assert less["data_label"] == LABEL
    assert more["meets_target"] is True


def test_a_masked_unit_gives_nothing_away_by_asking_what_if(client: AppClient) -> None:
    body = client.get(f"/api/v1/clusters/{PARTS}/what-if?growth=0.12").json()

    assert body["suppressed"] is True
    hidden = ("start", "lands", "meets_target", "growth_needed")
    assert all(body[name] is None for name in hidden)
    assert body["reasons"] == ["suppressed"]


def test_a_unit_without_reports_or_target_says_why_it_lands_nowhere(client: AppClient) -> None:
    paper = client.get("/api/v1/clusters/szah-suma-paper/what-if?growth=0.12").json()
    city = client.get("/api/v1/clusters/suzhou-ah/what-if?growth=0.12").json()

    assert paper["reasons"] == ["no_latest_value"]
    assert city["reasons"] == ["no_latest_value", "no_target_value"]


@pytest.mark.parametrize("growth", ["", "?growth=fast", "?growth=nan", "?growth=inf", "?growth=-1"])
def test_a_growth_that_is_none_is_refused(client: AppClient, growth: str) -> None:
    answer = client.get(f"/api/v1/clusters/{BEARINGS}/what-if{growth}")

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


def test_beside_every_verdict_stands_what_it_was_made_from(client: AppClient) -> None:
    body = client.get(f"/api/v1/clusters/{BEARINGS}").json()

    assert body["plan_version"]
    assert body["base"]["source"] == "feed"
    assert body["path"] == "cagr"
    assert body["gap"] is not None
    assert body["months_since_on_track"] is None
    assert body["data_label"] == LABEL
    assert client.get("/api/v1/clusters").json()["data_label"] == LABEL


@pytest.mark.parametrize(
    ("probability", "word"),
    [
        (None, None),
        (0.0, "very_unlikely"),
        (0.1, "unlikely"),
        (0.33, "uncertain"),
        (0.66, "likely"),
        (1.0, "likely"),
    ],
)
def test_a_probability_is_shown_in_words(probability: float | None, word: str | None) -> None:
    assert outlook_of(probability) == word
