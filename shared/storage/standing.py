"""What a program makes of the schema that it finds: pure decisions, no database."""

from collections.abc import Sequence
from enum import StrEnum


class Standing(StrEnum):
    """Where a database is, seen from one version of the program."""

    EMPTY = "empty"
    OLDER = "older"
    """Migrations are missing; this version cannot work before they are applied."""
    NEWEST = "newest"
    NEWER = "newer"
    """A later version has migrated it, in a way that this version can live with."""
    TOO_NEW = "too_new"
    """A later version has migrated it, and this one must not touch it any more."""


def standing(found: str | None, compatible_from: str | None, known: Sequence[str]) -> Standing:
    """Judge a database at revision `found` by the revisions `known` here, oldest first.

    `compatible_from` stands in the database: the oldest revision whose program can still work with
    it. A program that knows that revision is at least as new as it.
    """
    if found is None:
        return Standing.EMPTY
    if found in known:
        return Standing.NEWEST if found == known[-1] else Standing.OLDER
    return Standing.NEWER if compatible_from in known else Standing.TOO_NEW


def others_may_go_on(found: str | None, compatible_from: str, known: Sequence[str]) -> bool:
    """Whether replicas that run on a database at `found` survive its migration to the newest.

    `compatible_from` is that of the newest revision; `found` is one of `known`, or null.
    """
    return found is None or known.index(found) >= known.index(compatible_from)
