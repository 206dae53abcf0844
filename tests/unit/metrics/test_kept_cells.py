"""Cells that follow the changes say what all reports together say, whatever came between."""

from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.metrics.domain.collected import Collected
from services.metrics.domain.standing import Standing
from services.metrics.handlers import apply_batch
from services.metrics.ports.positions import Place, Position
from services.metrics.testing import Service
from services.metrics.use_cases.changes import Changed, Changes
from services.metrics.use_cases.kept_cells import KeptCells
from shared.events.facts import Fact
from shared.storage import writing
from shared.testing.facts import fact, membership, records_of

UNITS = ("szah-lb-bearings",)
FIRMS = [f"firm-{number}" for number in range(4)]
PERIODS = ("2025-03", "2026-03", "2026-05")
NEVER = 10**9

amounts = st.none() | st.integers(0, 3) | st.integers(-1_000, 1_000_000)
reports = st.builds(
    fact,
    st.sampled_from(UNITS),
    st.sampled_from(FIRMS),
    st.sampled_from(PERIODS),
    indicator=st.sampled_from(("gross_output", "gross_output", "employees")),
    version=st.integers(1, 60),
    deleted=st.sampled_from((False, False, False, True)),
    month=amounts,
    ytd=amounts,
    month_last_year=amounts,
    ytd_last_year=amounts,
)
members = st.builds(
    membership,
    st.sampled_from(UNITS),
    st.sampled_from(FIRMS),
    st.sampled_from(("2024-01", "2025-06", "2026-04")),
    expected=st.sampled_from(((), ("gross_output",), ("gross_output", "employees"))),
    version=st.integers(1, 60),
    deleted=st.booleans(),
)
batches = st.lists(reports | members, min_size=3, max_size=12)
HOW = ("stored", "stored", "stored", "undone", "by another", "not assessed")
histories = st.lists(st.tuples(st.sampled_from(HOW), batches), min_size=3, max_size=8)


class LostError(Exception):
    """The store went away before the commit."""


def undo(service: Service, facts: list[Fact]) -> None:
    """Apply a batch that is not committed."""
    with suppress(LostError), writing(service.engine) as connection:
        apply_batch(connection, records_of(facts), service.kept.changes)
        raise LostError


def by_another(service: Service, facts: list[Fact]) -> None:
    """Another replica takes the partition, stores a batch and assesses it; then it is ours."""
    other = Service(service.engine, service.catalogue, service.clock)
    other.feed(facts)
    service.claims.clear()


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(history=histories)
def test_statuses_are_those_of_all_reports_whatever_came_between(
    make_service: Callable[[], Service], history: list[tuple[str, list[Fact]]]
) -> None:
    following, whole = make_service(), make_service()
    whole.kept = KeptCells(worth_it=NEVER)
    for how, facts in history:
        if how == "undone":
            undo(following, facts)
            continue
        if how == "by another":
            by_another(following, facts)
        else:
            following.consume(records_of(facts))
        whole.consume(records_of(facts))
        if how != "not assessed":
            following.assess()
            whole.assess()
    following.assess()
    whole.assess()

    assert following.statuses() == whole.statuses()


def test_last_years_report_changes_the_split_of_a_kept_cell(service: Service) -> None:
    for year, ytd in ((2025, 1_000), (2026, 1_500)):
        service.feed([fact(UNITS[0], firm, f"{year}-05", ytd=ytd) for firm in FIRMS])

    service.feed([fact(UNITS[0], FIRMS[0], "2025-05", version=2, ytd=1_300)])

    split = service.status(UNITS[0], "2026-05").decomposition
    assert split is not None
    assert split.continuing == 3 * 500 + 200


def test_who_enters_and_leaves_changes_whom_a_kept_cell_expects(service: Service) -> None:
    service.feed([fact(UNITS[0], firm, "2026-05", ytd=1_000) for firm in FIRMS])
    service.feed([membership(UNITS[0], firm, "2026-01") for firm in FIRMS])
    entered = service.status(UNITS[0], "2026-05").enterprises
    service.feed([membership(UNITS[0], FIRMS[0], "2026-03", expected=())])

    assert (entered.expected, entered.reporting) == (4, 4)
    assert service.status(UNITS[0], "2026-05").enterprises.expected == 3


def test_a_kept_cell_is_not_read_again(service: Service) -> None:
    service.feed([fact(UNITS[0], firm, "2026-05", ytd=1_000) for firm in FIRMS])
    known = {cell: service.kept.get(cell, len(FIRMS)) for cell in service.kept.cells}
    assert any(known.values())

    service.feed([fact(UNITS[0], FIRMS[0], "2026-05", version=2, ytd=5_000)])

    assert {cell: service.kept.get(cell, len(FIRMS)) for cell in known} == known
    assert service.status(UNITS[0], "2026-05").largest_contribution is not None


def test_no_cell_is_kept_when_some_of_them_could_not_follow(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.feed([fact(UNITS[0], firm, "2026-05", ytd=1_000) for firm in FIRMS])
    assert service.kept.cells

    def lose(*_: object) -> None:
        raise LostError

    with monkeypatch.context() as broken:
        broken.setattr(Collected, "replace", lose)
        service.consume(records_of([fact(UNITS[0], FIRMS[0], "2026-05", version=2, ytd=9_000)]))
        with pytest.raises(LostError):
            service.assess()

    assert not service.kept.cells
    service.assess()
    largest = service.status(UNITS[0], "2026-05").largest_contribution
    assert largest is not None
    assert largest.share == 9_000 / 12_000


def test_no_more_cells_are_kept_than_have_room(service: Service) -> None:
    service.kept = KeptCells(worth_it=0, most=2)
    service.feed(
        [fact(UNITS[0], FIRMS[0], f"2026-{month:02d}", ytd=1_000) for month in range(2, 10)]
    )

    assert len(service.kept.cells) == 2


# What a view shows of the batches of this process


PLACE, OTHER = Place("cluster", "topic", 0), Place("cluster", "topic", 1)
ONE = Standing(1, 1, 1, 0, 1, 1, None, None, None)
TWO = ONE._replace(version=2)


def at(offset: int, epoch: int = 1) -> dict[Place, Position]:
    return {PLACE: Position(epoch, offset)}


def started() -> Changes:
    changes = Changes()
    changes.seen_by(at(0))
    return changes


def changed(former: dict[int, Standing | None]) -> Changed:
    """These facts, which now stand in their next version."""
    now = {key: ONE if fact is None else _next(fact) for key, fact in former.items()}
    return Changed(former, now)


def _next(fact: Standing) -> Standing:
    return fact._replace(version=fact.version + 1)


def store(changes: Changes, offset: int, former: dict[int, Standing | None]) -> None:
    changes.prepared(at(offset), changed(former))
    changes.committed()


def test_a_view_shows_the_batches_up_to_where_it_stands() -> None:
    changes = started()
    store(changes, 10, {1: None})
    store(changes, 20, {1: ONE, 2: None})
    store(changes, 30, {1: TWO})

    assert changes.seen_by(at(20)) == Changed({1: None, 2: None}, {1: TWO, 2: ONE})
    assert changes.seen_by(at(20)) == Changed()
    assert changes.seen_by(at(30)) == changed({1: TWO})


@pytest.mark.parametrize(
    "view",
    [at(15), at(20, epoch=2), {}, {**at(20), OTHER: Position(1, 0)}],
    ids=["elsewhere", "another claim", "nothing is read", "another partition"],
)
def test_a_view_that_stands_elsewhere_shows_what_nobody_knows(
    view: dict[Place, Position],
) -> None:
    changes = started()
    store(changes, 20, {1: None})

    assert changes.seen_by(view) is None


def test_after_a_claim_nothing_is_known_of_what_came_before() -> None:
    changes = started()
    store(changes, 10, {1: None})
    changes.seen_by(at(10))
    store(changes, 40, {1: ONE})
    changes.prepared(at(60, epoch=3), changed({1: TWO}))
    changes.committed()

    assert changes.seen_by(at(60, epoch=3)) is None


def test_a_batch_of_which_nobody_knows_whether_it_was_stored_makes_all_unknown() -> None:
    changes = started()
    changes.prepared(at(10), changed({1: None}))
    store(changes, 10, {})  # the same once more: nothing of it was news, if it had been stored
    store(changes, 20, {2: None})

    assert changes.seen_by(at(20)) is None
    store(changes, 30, {3: None})
    assert changes.seen_by(at(30)) == changed({3: None})


def test_more_changes_than_are_worth_remembering_are_forgotten() -> None:
    changes = started()
    for number in range(30):
        store(changes, number + 1, dict.fromkeys(range(number * 1_000, number * 1_000 + 1_000)))

    assert changes.seen_by(at(30)) is None
