"""Primary suppression: a cell that by itself would give a contributor away.

The threshold rule (fewer than n contributors) and the (n, k) dominance rule with n of one and two
(one above 85 %, two above 90 %), in the words of the handbooks on statistical disclosure control.
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ConfidentialityLimits:
    """Thresholds from which on a cell may be shown; shares are of the cell's total (0..1)."""

    min_contributors: int = 3
    max_largest: float = 0.85
    max_two_largest: float = 0.90


def is_confidential(amounts: Iterable[int], limits: ConfidentialityLimits) -> bool:
    """Whether publishing the sum of these amounts would give a contributor away.

    Amounts of zero count as contributors; losses count by their size. No amounts, no figure:
    nothing to protect.
    """
    sizes = sorted((abs(amount) for amount in amounts), reverse=True)
    if not sizes:
        return False
    if len(sizes) < limits.min_contributors:
        return True
    total = sum(sizes)
    return total > 0 and (
        sizes[0] > limits.max_largest * total or sum(sizes[:2]) > limits.max_two_largest * total
    )
