"""Who reports: enterprises by credit code, projects by their id, series by their place."""

import re
from enum import IntEnum
from functools import lru_cache

import msgspec
from stdnum.cn import uscc

from shared.events.reasons import Reason, Refused

_REMEMBERED = 100_000
"""Codes whose check is remembered: the same enterprises report again and again."""


class SubjectKind(IntEnum):
    """Kinds of reporting subjects; the numbers are stored."""

    ENTERPRISE = 1
    PROJECT = 2
    SERIES = 3


_SHAPE = re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}", re.ASCII)
"""Registering body and kind, place of registration, organisation code, check character."""


class Subject(msgspec.Struct, frozen=True, order=True, cache_hash=True, gc=False):
    """A reporting subject by the code that statistics systems use for it."""

    kind: SubjectKind
    code: str


@lru_cache(maxsize=_REMEMBERED)
def enterprise(code: str) -> Subject:
    """The enterprise of a credit code (GB 32100-2015). Raises `Refused` with `BAD_CODE`."""
    if not _is_credit_code(code):
        raise Refused(
            Reason.BAD_CODE,
            "uscc",
            "not a valid unified social credit code (18 characters, GB 32100-2015): "
            "check it against the business licence",
        )
    return Subject(SubjectKind.ENTERPRISE, code)


def _is_credit_code(code: str) -> bool:
    # Not `uscc.is_valid`: it refuses letters in the first two places, which stand for the
    # registering body and the kind of organisation (N1: rural collectives).
    return _SHAPE.fullmatch(code) is not None and uscc.calc_check_digit(code[:-1]) == code[-1]


@lru_cache(maxsize=_REMEMBERED)
def project(project_id: str) -> Subject:
    """The project of an id."""
    return Subject(SubjectKind.PROJECT, project_id)


def series(region: str, cluster: str | None) -> Subject:
    """The figures of a region, or of a cluster in it, that no enterprise reports."""
    return Subject(SubjectKind.SERIES, f"{region}|{cluster or ''}")
