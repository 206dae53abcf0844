"""Statistical confidentiality: what must be hidden, and the public view of a status.

`Suppressor` decides over all statuses which cells are hidden; `Mask` shows one status to a reader.
"""

from shared.confidentiality.cells import (
    CHANGES_CONFIDENTIAL,
    CONTRACTS_CONFIDENTIAL,
    FUNDS_CONFIDENTIAL,
    FUNDS_ORIGINS_CONFIDENTIAL,
    GROWTH_CONFIDENTIAL,
    INVESTMENT,
    INVESTMENT_CONFIDENTIAL,
)
from shared.confidentiality.hierarchy import Hierarchy, hierarchy_of
from shared.confidentiality.masking import ChangedStatuses, Masking
from shared.confidentiality.primary import ConfidentialityLimits, is_confidential
from shared.confidentiality.public import EVERYTHING, Mask, Shown, Track, track_of
from shared.confidentiality.suppression import Suppression, Suppressor

__all__ = [
    "CHANGES_CONFIDENTIAL",
    "CONTRACTS_CONFIDENTIAL",
    "EVERYTHING",
    "FUNDS_CONFIDENTIAL",
    "FUNDS_ORIGINS_CONFIDENTIAL",
    "GROWTH_CONFIDENTIAL",
    "INVESTMENT",
    "INVESTMENT_CONFIDENTIAL",
    "ChangedStatuses",
    "ConfidentialityLimits",
    "Hierarchy",
    "Mask",
    "Masking",
    "Shown",
    "Suppression",
    "Suppressor",
    "Track",
    "hierarchy_of",
    "is_confidential",
    "track_of",
]
