"""What counts as lost, or as counted twice, where records come while somebody asks."""

import pytest

from chaos.checks import beyond


@pytest.mark.parametrize(
    ("consumed", "before", "after", "found"),
    [
        (10, 10, 10, 0),
        (9, 10, 10, -1),
        (12, 10, 10, 2),
        (12, 10, 13, 0),
        (9, 10, 13, -1),
        (14, 10, 13, 1),
    ],
)
def test_only_what_no_moment_explains_is_lost_or_counted_twice(
    consumed: int, before: int, after: int, found: int
) -> None:
    assert beyond(consumed, before, after) == found
