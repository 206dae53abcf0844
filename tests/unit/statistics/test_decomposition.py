"""The split of a level's change: continuing + entries - exits + restatement, exactly."""

from hypothesis import given
from hypothesis import strategies as st

from services.metrics.domain.comparison import Contribution
from services.metrics.testing import collected

AMOUNT = st.integers(-(10**15), 10**15)
REPORTS = st.dictionaries(
    st.integers(0, 12),
    st.builds(Contribution, st.none(), st.none() | AMOUNT, st.none(), st.none() | AMOUNT),
    max_size=10,
)


def report(ytd: int, last_year: int | None = None) -> Contribution:
    return Contribution(None, ytd, None, last_year)


@given(REPORTS, REPORTS)
def test_the_parts_sum_exactly_to_the_change(
    current: dict[int, Contribution], before: dict[int, Contribution]
) -> None:
    split = collected(current, before).decomposition
    now = [each.ytd for each in current.values() if each.ytd is not None]
    then = [each.ytd for each in before.values() if each.ytd is not None]
    if not now or not then:
        assert split is None
        return
    assert split is not None
    assert split.continuing + split.entries - split.exits + split.restatement == sum(now) - sum(
        then
    )


@given(REPORTS, REPORTS)
def test_only_who_came_or_went_is_an_entry_or_an_exit(
    current: dict[int, Contribution], before: dict[int, Contribution]
) -> None:
    split = collected(current, before).decomposition
    if split is None:
        return
    now = {s: r.ytd for s, r in current.items() if r.ytd is not None}
    then = {s: r.ytd for s, r in before.items() if r.ytd is not None}
    assert split.entries == sum(ytd for s, ytd in now.items() if s not in then)
    assert split.exits == sum(ytd for s, ytd in then.items() if s not in now)


def test_a_cluster_on_track_only_by_firms_that_crossed_the_threshold_shows_it() -> None:
    before = {1: report(1_000), 2: report(500)}
    current = {1: report(950, 1_000), 2: report(480, 500), 3: report(400, 0), 4: report(300)}
    split = collected(current, before).decomposition
    assert split is not None
    assert (split.continuing, split.entries, split.exits, split.restatement) == (-70, 700, 0, 0)


def test_who_leaves_takes_last_years_figure_along() -> None:
    split = collected({1: report(110, 100)}, {1: report(100), 2: report(40)}).decomposition
    assert split is not None
    assert (split.continuing, split.exits) == (10, 40)


def test_a_restated_base_is_no_growth() -> None:
    split = collected({1: report(110, 120)}, {1: report(100)}).decomposition
    assert split is not None
    assert (split.continuing, split.restatement) == (-10, 20)
