"""What was erased on request, and what is left of a record about it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from msgspec.structs import replace

from services.ingest.domain.reading import Item
from services.ingest.domain.register import Registration
from services.ingest.domain.subjects import Subject, SubjectKind

ERASED_NAME = "（已删除）"


class Reach(StrEnum):
    """How much of an enterprise was erased."""

    NAME = "name"
    """Its figures stay, under its token."""
    RECORDS = "records"
    """Nothing of it is taken any more."""


@dataclass(frozen=True, slots=True)
class Erasures:
    """Enterprises that were erased, by token: the list names none of them."""

    reaches: Mapping[str, Reach]
    token: Callable[[Subject], str]

    def left_of(self, item: Item) -> Item | None:
        """The item as it may be stored; None where nothing of it may."""
        if not self.reaches or item.subject.kind is not SubjectKind.ENTERPRISE:
            return item
        reach = self.reaches.get(self.token(item.subject))
        if reach is Reach.RECORDS:
            return None
        if reach is Reach.NAME and isinstance(item.content, Registration):
            # Its version stays that of the whole text, so it is the duplicate that it was.
            return replace(item, content=replace(item.content, name=ERASED_NAME))
        return item
