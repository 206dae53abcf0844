"""What alerts list - projects, held reports, sources - in the words of a language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.alerts.adapters.wording import Words
from services.alerts.domain.alert import Rule
from services.alerts.domain.detail import Detail, Item
from services.alerts.domain.figures import INTERNAL_ROLE
from services.alerts.domain.subscription import Subscription
from services.alerts.ports import NameBook

LISTED = 10
"""Things that one message lists; it says how many more there are."""
_TOKEN = 8
"""Characters of a token that tell two of one unit apart."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing as a template writes it."""

    name: str
    reason: str
    since: str
    stage: str
    due: str | None
    period: str | None
    factor: int | None
    share: float | None


def lines_of(
    rule: str, detail: Detail, words: Words, names: Mapping[str, str]
) -> tuple[list[Line], int]:
    """The first things of an alert, and how many more there are."""
    items = detail.items
    return [_line(item, rule, words, names) for item in items[:LISTED]], len(items[LISTED:])


def names_for(
    rule: str, detail: Detail, reader: Subscription, book: NameBook | None
) -> Mapping[str, str]:
    """Names of what is listed, for a reader who may see them; none for everyone else."""
    wanted = [item.subject for item in detail.items[:LISTED]]
    if detail.subject is not None:
        wanted.append(detail.subject)
    if book is None or not wanted or rule == Rule.FEED_SILENT or reader.role != INTERNAL_ROLE:
        return {}
    return book.names(wanted, f"alerts:{reader.owner}")


def called(subject: str, kind: str, words: Words, names: Mapping[str, str]) -> str:
    """Name of a contributor, else what it is with the beginning of its token."""
    return names.get(subject) or f"{words.of('subjects', kind)} {subject[:_TOKEN]}"


def first_of(items: Sequence[Item]) -> str | None:
    """The earliest day or period since when something listed has been so."""
    return min((item.since for item in items if item.since is not None), default=None)


def _line(item: Item, rule: str, words: Words, names: Mapping[str, str]) -> Line:
    if rule == Rule.FEED_SILENT:
        name = item.subject
    else:
        kind = "project" if rule == Rule.PROJECT_STALLED else "enterprise"
        name = called(item.subject, kind, words, names)
    return Line(
        name=name,
        reason=words.of("items", item.reason),
        since=item.since or "",
        stage=words.of("stages", item.stage),
        due=item.due,
        period=None if item.period is None else words.period(item.period),
        factor=item.factor,
        share=item.share,
    )
