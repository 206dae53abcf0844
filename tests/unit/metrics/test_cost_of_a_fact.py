"""What a fact and an assessment ask of the store does not grow with the history."""

import sys
from collections.abc import Callable
from types import FrameType

import pytest
from sqlalchemy import event

from services.metrics.adapters.lines import lines_of
from services.metrics.testing import Service, shown_unit
from shared.events.facts import Fact
from shared.events.records import Record
from shared.testing.facts import fact, membership, records_of
from shared.testing.statements import counting

UNIT, OTHERS = "szah-lb-bearings", ("szah-xiao-batteries", "szah-equipment", "suzhou-ah")
FIRMS = [f"firm-{number}" for number in range(12)]
_STEPS = 100
"""Steps of SQLite's machine between two counts."""


def history(years: range) -> list[Fact]:
    """Every firm's reports of whole years, of four units."""
    return [
        fact(unit, firm, f"{year}-{month:02d}", ytd=month * 1_000_000, ytd_last_year=900_000)
        for unit in (UNIT, *OTHERS)
        for firm in FIRMS
        for year in years
        for month in range(2, 13)
    ]


def loaded(service: Service, years: range) -> Service:
    members = [membership(UNIT, firm, "2000-01") for firm in FIRMS]
    service.feed([*members, *history(years)])
    return service


def news(version: int) -> list[Fact]:
    return [fact(UNIT, firm, "2026-05", version=version, ytd=5_000_000 + version) for firm in FIRMS]


def steps_of(service: Service, work: Callable[[], object]) -> int:
    """Work inside SQLite, in steps of its machine: every row that is looked at takes some."""
    counted = 0

    def count() -> int:
        nonlocal counted
        counted += 1
        return 0

    def watch(connection: object, *_: object) -> None:
        connection.set_progress_handler(count, _STEPS)  # type: ignore[attr-defined]

    service.engine.dispose()
    event.listen(service.engine, "connect", watch)
    try:
        work()
    finally:
        event.remove(service.engine, "connect", watch)
        service.engine.dispose()
    return counted


def reads_of(service: Service, work: Callable[[], object]) -> int:
    """Reading statements of some work, those past SQLAlchemy too."""
    texts: list[str] = []

    def watch(connection: object, *_: object) -> None:
        connection.set_trace_callback(texts.append)  # type: ignore[attr-defined]

    service.engine.dispose()
    event.listen(service.engine, "connect", watch)
    try:
        work()
    finally:
        event.remove(service.engine, "connect", watch)
        service.engine.dispose()
    return sum(text.startswith("SELECT") for text in texts)


def calls_of(work: Callable[[], object]) -> int:
    """Functions that some work calls, those of libraries too."""
    called = 0

    def count(_frame: FrameType, happening: str, _argument: object) -> None:
        nonlocal called
        called += happening.endswith("call")

    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return called


def crowded(service: Service, number: int) -> Service:
    """A unit with so many enterprises that have reported, and are expected to."""
    firms = [f"firm-{each}" for each in range(number)]
    service.feed([membership(UNIT, firm, "2020-01") for firm in firms])
    for year in (2025, 2026):
        service.feed([fact(UNIT, firm, f"{year}-05", ytd=5_000_000) for firm in firms])
    return service


def revised(version: int, number: int) -> list[Fact]:
    """A plain revision of so many reports of a crowded unit: amounts of this year."""
    return [
        fact(UNIT, firm, "2026-05", version=version, month=900_000, ytd=5_000_000 + version)
        for firm in (f"firm-{each}" for each in range(number))
    ]


def built_of(service: Service, work: Callable[[], object]) -> int:
    """Statements of some work that SQLAlchemy builds."""
    built = 0

    def count(*_: object) -> None:
        nonlocal built
        built += 1

    event.listen(service.engine, "before_execute", count)
    try:
        work()
    finally:
        event.remove(service.engine, "before_execute", count)
    return built


@pytest.fixture
def short_and_long(make_service: Callable[[], Service]) -> tuple[Service, Service]:
    """A history of two years and one of sixteen."""
    return loaded(make_service(), range(2024, 2026)), loaded(make_service(), range(2010, 2026))


def test_a_fact_costs_the_same_whatever_the_history(
    short_and_long: tuple[Service, Service],
) -> None:
    short, long = (
        steps_of(service, lambda of=service: of.consume(records_of(news(2))))  # type: ignore[misc]
        for service in short_and_long
    )

    assert long <= short * 1.2


def test_an_assessment_asks_for_the_same_whatever_the_history(
    short_and_long: tuple[Service, Service],
) -> None:
    asked = []
    for service in short_and_long:
        service.consume(records_of(news(2)))
        asked.append(reads_of(service, service.assess))

    assert asked[0] > 0
    assert asked[1] <= asked[0] + 1  # a long history is worth a forecast by models, which is asked


def test_an_assessment_of_one_report_costs_the_same_however_many_enterprises_there_are(
    make_service: Callable[[], Service],
) -> None:
    steps, calls = [], []
    for number in (60, 600):
        service = crowded(make_service(), number)
        for version in (2, 3):
            service.consume(records_of(news(version)[:1]))
            if version == 2:
                calls.append(calls_of(service.assess))
            else:
                steps.append(steps_of(service, service.assess))

    assert steps[1] <= steps[0] * 1.2
    assert calls[1] <= calls[0] * 1.05


def test_a_changed_report_takes_an_assessment_few_calls_whatever_the_register_says(
    make_service: Callable[[], Service],
) -> None:
    service = crowded(make_service(), 200)
    firms = [f"firm-{each}" for each in range(200)]
    for month in range(1, 13):
        service.consume(records_of([membership(UNIT, firm, f"2025-{month:02d}") for firm in firms]))
    calls = {}
    for version, number in ((2, 200), (3, 120), (4, 120), (5, 20)):
        service.consume(records_of(revised(version, number)))
        calls[number] = calls_of(service.assess)

    assert calls[120] - calls[20] <= 100 * 85  # 64 were seen
    assert calls[20] <= 4_500  # 3,388 were seen


def test_an_assessment_has_its_statements_written_out(service: Service) -> None:
    loaded(service, range(2025, 2026))
    service.feed(news(2))
    service.consume(records_of(news(3)))
    with counting(service.engine) as statements:
        built = built_of(service, service.assess)

    assert statements.number <= 28  # 22 were seen
    assert built == 0


def test_a_unit_takes_few_calls_to_render(service: Service) -> None:
    loaded(service, range(2025, 2026))
    unit = shown_unit(service.status(UNIT, "2025-12"))

    assert calls_of(lambda: lines_of(unit)) <= 1_200  # 924 were seen


def test_a_batch_of_facts_takes_few_statements_however_many_it_holds(service: Service) -> None:
    loaded(service, range(2025, 2026))
    asked = []
    for version, firms in ((2, 1), (3, 12)):
        with counting(service.engine) as statements:
            service.consume(records_of(news(version)[:firms]))
        asked.append(statements.number)

    assert asked[1] <= asked[0] + 1  # one report stood already, and is kept for views of the past
    assert asked[1] <= 14


def test_a_fact_and_a_batch_take_few_steps_of_python(service: Service) -> None:
    firms = [f"firm-{number}" for number in range(100)]

    def batch(version: int, number: int) -> list[Record]:
        time = f"2026-06-09T08:20:{version:02d}Z"
        return records_of(
            fact(unit, firm, "2026-05", version=version, ytd=1_000 + version, as_of=time)
            for firm in firms[:number]
            for unit in (UNIT, *OTHERS)
        )

    service.consume(batch(1, 100))
    few, many = batch(2, 10), batch(3, 100)
    of_ten = calls_of(lambda: service.consume(few))
    of_hundred = calls_of(lambda: service.consume(many))

    of_a_fact = (of_hundred - of_ten) / 360
    assert of_a_fact <= 60  # 47 were seen
    assert of_ten - 40 * of_a_fact <= 1_100  # of the batch itself; 800 were seen


def test_statuses_are_stored_in_few_statements_however_many_they_are(service: Service) -> None:
    loaded(service, range(2025, 2026))
    with counting(service.engine) as of_one:
        service.feed([fact(UNIT, FIRMS[0], "2025-12", version=5, ytd=77_000_000)])
    with counting(service.engine) as of_eleven:
        service.feed([fact(UNIT, FIRMS[0], "2025-02", version=6, ytd=9_000_000)])

    assert of_eleven.number <= of_one.number + 4
