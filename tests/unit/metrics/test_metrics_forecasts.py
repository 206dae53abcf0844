"""Forecasts on their way from a wish to a status."""

import asyncio
import sys
from collections.abc import Callable, Sequence

import pytest

from services.metrics.adapters.assessment_store import SqlAssessmentStore
from services.metrics.adapters.forecast_process import ForecastProcess
from services.metrics.domain.forecast import ForecastRequest, ForecastResult, Wanted, forecast
from services.metrics.domain.history import History
from services.metrics.ports import ForecasterGone, ForecastWish
from services.metrics.testing import Service
from shared.events.facts import Fact
from shared.events.status import Colour, Status, Verdict
from shared.testing.facts import fact, membership

BEARINGS = "szah-lb-bearings"
FIRMS = "abcd"
SHARES = (0, 0, 13, 21, 29, 38, 48, 56, 64, 73, 82, 91, 100)
YEARS = {2023: 15, 2024: 24, 2025: 45, 2026: 50}
"""Totals in 100 million yuan: fast until 2025, slow afterwards."""


def history(until: str = "2026-05", years: dict[int, int] = YEARS) -> list[Fact]:
    found = [membership(BEARINGS, firm, "2023-01") for firm in FIRMS]
    for year, total in years.items():
        for month in range(2, 13):
            period = f"{year}-{month:02d}"
            if period > until:
                break
            ytd = total * 10**6 * SHARES[month] // 4
            last = years.get(year - 1, 12) * 10**6 * SHARES[month] // 4
            found += [fact(BEARINGS, f, period, ytd=ytd, ytd_last_year=last) for f in FIRMS]
    return found


def newest(service: Service) -> Status:
    return service.status(BEARINGS, "2026-05")


class Gone:
    """A worker that always dies."""

    async def forecast(self, request: ForecastRequest) -> ForecastResult | None:
        raise ForecasterGone(f"no answer for {request.seed}")

    async def close(self) -> None:
        """Nothing to end."""


def test_the_newest_three_periods_are_forecast_and_older_ones_keep_the_pace(
    service: Service,
) -> None:
    service.feed(history())
    assert newest(service).probability is None

    assert service.make_forecasts() == 3

    methods = {
        period: (s.forecast and s.forecast.method, s.probability is not None)
        for period in ("2026-02", "2026-03", "2026-04", "2026-05")
        for s in [service.status(BEARINGS, period)]
    }
    assert methods == {
        "2026-02": ("pace", False),
        "2026-03": ("mean_of_three", True),
        "2026-04": ("mean_of_three", True),
        "2026-05": ("mean_of_three", True),
    }
    shown = newest(service).forecast
    assert shown is not None
    assert shown.p10 is not None
    assert shown.p90 is not None
    assert shown.p10 < shown.median < shown.p90
    assert shown.probability_required is not None


def test_on_track_today_and_unlikely_to_arrive_is_blue(service: Service) -> None:
    service.feed(history())
    before = newest(service)
    assert (before.verdict, before.colour) == (Verdict.ON_TRACK, Colour.GREEN)

    service.make_forecasts()

    after = newest(service)
    assert after.probability is not None
    assert after.probability < 0.66
    assert (after.verdict, after.colour) == (Verdict.ON_TRACK, Colour.BLUE)
    assert "unlikely_to_arrive" in after.reasons
    assert after.version > before.version


def test_a_forecast_of_earlier_inputs_is_shown_as_such_and_changes_no_colour(
    service: Service,
) -> None:
    service.feed(history())
    service.make_forecasts()
    made_for = newest(service).forecast_for

    service.feed([fact(BEARINGS, "a", "2026-05", version=7, ytd=475_000_001, ytd_last_year=1)])

    stale = newest(service)
    assert stale.forecast_for == made_for
    assert stale.probability is not None
    assert stale.colour is Colour.GREEN
    assert "forecast_not_current" in stale.reasons
    assert service.make_forecasts() == 1
    assert newest(service).forecast_for == 7
    assert newest(service).colour is Colour.BLUE


def test_one_new_report_asks_for_one_forecast_and_equal_inputs_for_none(service: Service) -> None:
    service.feed(history())
    service.make_forecasts()
    made = newest(service)

    repeated = [fact(BEARINGS, "a", "2026-05", version=3, ytd=475_000_000, ytd_last_year=1)]
    service.feed(repeated)

    assert service.make_forecasts() == 0
    assert newest(service).forecast == made.forecast
    assert newest(service).colour is Colour.BLUE


def test_a_new_period_ends_the_forecast_of_the_fourth_newest(service: Service) -> None:
    service.feed(history(until="2026-04"))
    service.make_forecasts()
    assert service.status(BEARINGS, "2026-02").probability is not None

    service.feed(history())

    assert service.status(BEARINGS, "2026-02").probability is None
    assert service.make_forecasts() == 1


def test_a_thin_period_asks_for_no_forecast(service: Service) -> None:
    service.feed([f for f in history() if (f.subject, f.period) != ("d", "2026-05")])

    assert newest(service).verdict is Verdict.INCOMPLETE
    assert service.make_forecasts() == 2


def test_forecasts_survive_a_restart_and_are_the_same_everywhere(
    make_service: Callable[[], Service],
) -> None:
    first, other = make_service(), make_service()
    first.feed(history())
    first.make_forecasts()
    restarted = Service(first.engine, first.catalogue, first.clock)
    other.feed(history(until="2024-12"))
    other.make_forecasts()
    other.feed(history())
    other.make_forecasts()

    assert restarted.make_forecasts() == 0
    assert newest(restarted).colour is Colour.BLUE
    assert newest(other).forecast == newest(first).forecast
    assert newest(other).probability == newest(first).probability


def test_without_a_worker_the_pace_is_all_there_is(service: Service) -> None:
    service.feed(history())

    assert service.make_forecasts(Gone()) == 3

    status = newest(service)
    assert status.forecast is not None
    assert status.forecast.method == "pace"
    assert status.probability is None
    assert status.colour is Colour.GREEN


def open_wishes(service: Service) -> Sequence[ForecastWish]:
    with SqlAssessmentStore(service.engine).view() as source:
        return source.open_wishes()


def test_wishes_are_kept_until_they_are_granted(service: Service) -> None:
    service.feed(history())
    wishes = open_wishes(service)
    assert [str(wish.key.period) for wish in wishes] == ["2026-05", "2026-04", "2026-03"]

    service.make_forecasts()

    assert not open_wishes(service)


def test_months_since_on_track_count_on_over_grey_periods(service: Service) -> None:
    service.feed(history(years={2023: 20, 2024: 24, 2025: 41, 2026: 41}, until="2026-12"))
    assert service.status(BEARINGS, "2024-06").months_since_on_track is None
    on_track = service.status(BEARINGS, "2026-02")
    assert (on_track.verdict, on_track.months_since_on_track) == (Verdict.ON_TRACK, 0)
    december = service.status(BEARINGS, "2026-12")
    since = december.months_since_on_track
    assert december.verdict is not Verdict.ON_TRACK
    assert since is not None
    assert since > 0

    gone = [fact(BEARINGS, f, "2026-12", version=2, deleted=True) for f in "ab"]
    service.feed(gone)

    assert service.status(BEARINGS, "2026-12").verdict is Verdict.INCOMPLETE
    assert service.status(BEARINGS, "2026-12").months_since_on_track == since


REQUEST = ForecastRequest(
    History(2026, (tuple(range(10, 120, 10)), tuple(range(11, 132, 11))), (12, 24)),
    Wanted(2026, 130),
    seed=2**55,
)


def test_the_worker_process_answers_as_the_function_does() -> None:
    async def ask() -> list[ForecastResult | None]:
        worker = ForecastProcess()
        answers = [await worker.forecast(REQUEST) for _ in range(2)]
        await worker.close()
        return answers

    assert asyncio.run(ask()) == [forecast(REQUEST)] * 2


@pytest.mark.parametrize("program", ["pass", "print('?')", "input(); input()"])
def test_a_worker_that_ends_or_hangs_says_so_and_is_ended(program: str) -> None:
    async def ask() -> None:
        worker = ForecastProcess((sys.executable, "-c", program), answer_seconds=0.5)
        with pytest.raises(ForecasterGone):
            await worker.forecast(REQUEST)
        await worker.close()

    asyncio.run(ask())
