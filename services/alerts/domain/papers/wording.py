"""Sentences of papers: templates with places for figures, from one list of words.

A template is words with `{places}`. Numbers stand in no template: each comes as a figure, so a
sentence says nothing that the paper's tables, charts and JSON do not have.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.alerts.domain.papers.figure import Figure
from services.alerts.domain.papers.model import Paragraph, Run

_PLACE = re.compile(r"\{(\w+)\}")

Filling = Run | Sequence[Run]
"""What stands at a place: words, a figure, or a list of them."""


@dataclass(frozen=True, slots=True)
class Wording:
    """Words and sentence templates of one language."""

    tables: Mapping[str, Any]

    def word(self, table: str, key: str) -> str:
        """A word; one without an entry stands for itself."""
        return str(self.tables[table].get(key, key))

    def knows(self, table: str, key: str) -> bool:
        """Whether a table has a word."""
        return key in self.tables[table]

    def text(self, key: str, **words: str) -> str:
        """A heading or caption. Raises `KeyError` for an unknown one or an empty place."""
        template = str(self.tables["titles"][key])
        return _PLACE.sub(lambda match: words[match[1]], template)

    def say(self, key: str, **values: Filling) -> Paragraph:
        """A sentence as a paragraph. Raises `KeyError` for an unknown one or an empty place."""
        return Paragraph(tuple(self.runs(key, **values)))

    def runs(self, key: str, **values: Filling) -> list[Run]:
        """The pieces of a sentence, words next to each other joined."""
        return joined(_filled(str(self.tables["sentences"][key]), values))


def paragraph(*parts: Filling) -> Paragraph:
    """Sentences one after the other."""
    flat: list[Run] = []
    for part in parts:
        flat += _pieces(part)
    return Paragraph(tuple(joined(flat)))


def listed(items: Sequence[Filling], between: str) -> list[Run]:
    """Items with words between them."""
    found: list[Run] = []
    for number, item in enumerate(items):
        found += [between] if number else []
        found += _pieces(item)
    return found


def joined(pieces: Sequence[Run] | Iterator[Run]) -> list[Run]:
    """The same pieces with neighbouring words made one, and empty words left out."""
    found: list[Run] = []
    for piece in pieces:
        if isinstance(piece, str) and found and isinstance(found[-1], str):
            found[-1] += piece
        elif piece != "":
            found.append(piece)
    return found


def _filled(template: str, values: Mapping[str, Filling]) -> Iterator[Run]:
    end = 0
    for match in _PLACE.finditer(template):
        yield template[end : match.start()]
        yield from _pieces(values[match[1]])
        end = match.end()
    yield template[end:]


def _pieces(filling: Filling) -> list[Run]:
    return [filling] if isinstance(filling, (str, Figure)) else list(filling)
