"""Who reports: enterprises by credit code, projects by their id."""

from dataclasses import dataclass
from enum import IntEnum

from stdnum.cn import uscc

from shared.events.reasons import Reason, Refused


class SubjectKind(IntEnum):
    """Kinds of reporting subjects; the numbers are stored."""

    ENTERPRISE = 1
    PROJECT = 2


@dataclass(frozen=True, order=True, slots=True)
class Subject:
    """A reporting subject by the code that statistics systems use for it."""

    kind: SubjectKind
    code: str


def enterprise(code: str) -> Subject:
    """The enterprise of a credit code (GB 32100-2015). Raises `Refused` with `BAD_CODE`."""
    if not uscc.is_valid(code) or uscc.compact(code) != code:
        raise Refused(
            Reason.BAD_CODE,
            "uscc",
            "not a valid unified social credit code (18 characters, GB 32100-2015): "
            "check it against the business licence",
        )
    return Subject(SubjectKind.ENTERPRISE, code)


def project(project_id: str) -> Subject:
    """The project of an id."""
    return Subject(SubjectKind.PROJECT, project_id)
