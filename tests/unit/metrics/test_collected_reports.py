"""What is collected report by report is what all reports together say."""

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from services.metrics.domain.cell_lines import Line, change_of
from services.metrics.domain.collected import Collected, collect
from services.metrics.domain.comparison import NO_REPORT, Contribution
from services.metrics.domain.coverage import Coverage
from shared.confidentiality import (
    CHANGES_CONFIDENTIAL,
    GROWTH_CONFIDENTIAL,
    ConfidentialityLimits,
    is_confidential,
)
from shared.events.status import Decomposition, LargestContribution

LIMITS = ConfidentialityLimits()
TOKENS = {number: f"token-{number % 7}-{number}" for number in range(40)}
Lines = dict[int, Line]

amounts = st.none() | st.integers(-3, 3) | st.integers(-(10**12), 10**12)
reports = st.just(NO_REPORT) | st.builds(Contribution, amounts, amounts, amounts, amounts)


def line_of(
    subject: int, now: Contribution, before: Contribution, *, expected: bool
) -> tuple[int, Line]:
    return subject, Line(now, before, expected)


subjects = st.sampled_from(sorted(TOKENS))
changes = st.lists(
    st.builds(line_of, subjects, reports, reports, expected=st.booleans()), max_size=120
)


def by_token(lines: Lines) -> dict[str, Line]:
    return {TOKENS[subject]: line for subject, line in lines.items()}


def replace(collected: Collected, subject: int, old: Line, new: Line) -> None:
    collected.replace([(TOKENS[subject], change_of(old, new, stock=collected.stock))])


def figure_of(report: Contribution, *, stock: bool) -> int | None:
    return report.month if stock else report.ytd


# The definitions, over all lines at once


def coverage(lines: Lines, *, stock: bool) -> Coverage:
    expected = [line for line in lines.values() if line.expected]
    came = [line for line in expected if figure_of(line.now, stock=stock) is not None]
    worth = 0
    for line in came:
        stated = line.now.month_last_year if stock else line.now.ytd_last_year
        stored = figure_of(line.before, stock=stock) or 0
        worth += abs(stored if stated is None else stated)
    missing = [line for line in expected if figure_of(line.now, stock=stock) is None]
    due = worth + sum(abs(figure_of(line.before, stock=stock) or 0) for line in missing)
    if not expected:
        return Coverage(None, 0, 0)
    return Coverage(worth / due if due else len(came) / len(expected), len(expected), len(came))


def decomposition(lines: Lines) -> Decomposition | None:
    now = {s: line.now for s, line in lines.items() if line.now.ytd is not None}
    before = {s: line.before.ytd for s, line in lines.items() if line.before.ytd is not None}
    if not now or not before:
        return None
    both = now.keys() & before.keys()
    restated = {
        s: before[s] if now[s].ytd_last_year is None else now[s].ytd_last_year for s in both
    }
    return Decomposition(
        continuing=sum((now[s].ytd or 0) - (restated[s] or 0) for s in both),
        entries=sum(now[s].ytd or 0 for s in now.keys() - both),
        exits=sum(before[s] for s in before.keys() - both),
        restatement=sum((restated[s] or 0) - before[s] for s in both),
    )


def largest(
    lines: Lines, amount_of: Callable[[Line], int | None], size: Callable[[int], int]
) -> LargestContribution | None:
    found = {
        TOKENS[subject]: size(amount)
        for subject, line in lines.items()
        if (amount := amount_of(line)) is not None
    }
    total = sum(found.values())
    if total <= 0:
        return None
    most = max(found.values())
    return LargestContribution(min(t for t, a in found.items() if a == most), most / total)


def fall_of(line: Line) -> int | None:
    if line.now.ytd is None or line.now.ytd_last_year is None:
        return None
    return line.now.ytd_last_year - line.now.ytd


def confidential(lines: Lines, *, stock: bool) -> bool:
    cells = (
        [figure_of(line.now, stock=stock) for line in lines.values()],
        [figure_of(line.before, stock=stock) for line in lines.values()],
        [line.now.month for line in lines.values()],
        [line.now.ytd_last_year or None for line in lines.values()],
    )
    return any(is_confidential([a for a in cell if a is not None], LIMITS) for cell in cells)


def words(lines: Lines) -> tuple[str, ...]:
    now = {s: line.now for s, line in lines.items() if line.now.ytd is not None}
    then = {s: line.before.ytd for s, line in lines.items() if line.before.ytd is not None}
    cells = (
        [r.ytd or 0 for s, r in now.items() if s not in then],
        [ytd for s, ytd in then.items() if s not in now],
        [
            r.ytd_last_year - then[s]
            for s, r in now.items()
            if s in then and r.ytd_last_year is not None and r.ytd_last_year != then[s]
        ],
    )
    unstated = [r.ytd or 0 for r in now.values() if r.ytd_last_year is None]
    found = []
    if any(any(cell) and is_confidential(cell, LIMITS) for cell in cells):
        found.append(CHANGES_CONFIDENTIAL)
    if len(unstated) < len(now) and any(unstated) and is_confidential(unstated, LIMITS):
        found.append(GROWTH_CONFIDENTIAL)
    return tuple(found)


def assert_says(collected: Collected, lines: Lines, *, stock: bool) -> None:
    assert collected.coverage == coverage(lines, stock=stock)
    assert collected.decomposition == decomposition(lines)
    assert collected.largest == largest(lines, lambda at: figure_of(at.now, stock=stock), abs)
    assert collected.largest_fall == largest(lines, fall_of, int)
    assert collected.is_confidential(LIMITS) == confidential(lines, stock=stock)
    assert collected.tells_of_few(LIMITS) == words(lines)


@given(changes=changes, stock=st.booleans())
def test_reports_together_say_what_the_definitions_say(
    changes: list[tuple[int, Line]],
    stock: bool,  # noqa: FBT001 - as drawn
) -> None:
    lines = dict(changes)
    collected = collect(
        {s: line.now for s, line in lines.items() if line.now is not NO_REPORT},
        {s: line.before for s, line in lines.items() if line.before is not NO_REPORT},
        frozenset(s for s, line in lines.items() if line.expected),
        TOKENS,
        stock=stock,
    )

    assert_says(collected, lines, stock=stock)


@given(first=changes, then=changes, stock=st.booleans())
def test_one_report_after_the_other_says_the_same(
    first: list[tuple[int, Line]],
    then: list[tuple[int, Line]],
    stock: bool,  # noqa: FBT001 - as drawn
) -> None:
    lines = dict(first)
    collected = Collected(by_token(lines), stock=stock)
    for subject, new in then:
        nothing = Line(NO_REPORT, NO_REPORT, expected=False)
        replace(collected, subject, lines.get(subject, nothing), new)
        lines[subject] = new
        if collected.is_short:  # it is collected anew, as a kept cell would be
            collected = Collected(by_token(lines), stock=stock)

    assert_says(collected, lines, stock=stock)


def sized(subject: int, ytd: int) -> Line:
    return Line(Contribution(ytd // 2, ytd, 900, None), NO_REPORT, expected=True)


@given(revisions=st.lists(st.tuples(subjects, st.integers(1, 4_500)), max_size=60))
def test_who_is_among_the_largest_of_many_may_change_with_each_revision(
    revisions: list[tuple[int, int]],
) -> None:
    lines = {subject: sized(subject, 100 * subject + 500) for subject in TOKENS}
    collected = Collected(by_token(lines), stock=False)
    for subject, ytd in revisions:
        new = sized(subject, ytd)
        replace(collected, subject, lines[subject], new)
        lines[subject] = new
        if collected.is_short:
            collected = Collected(by_token(lines), stock=False)

    assert_says(collected, lines, stock=False)


def test_the_largest_of_many_are_known_until_nearly_all_of_them_are_gone() -> None:
    lines = {
        s: Line(Contribution(None, 1_000 + s, None, None), NO_REPORT, expected=True) for s in TOKENS
    }
    collected = Collected(by_token(lines), stock=False)
    gone = 0
    for subject in sorted(TOKENS, reverse=True):
        _, missing = line_of(subject, NO_REPORT, NO_REPORT, expected=True)
        replace(collected, subject, lines[subject], missing)
        lines[subject] = missing
        gone += 1
        if collected.is_short:
            break
        assert_says(collected, lines, stock=False)

    assert gone > 10
