"""Typed access to the values of a plan file; every surprise becomes a problem, reading goes on."""

import difflib
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from shared.events.period import Month
from shared.events.reasons import Refused
from shared.plans.nodes import Value
from shared.plans.problems import Problems

E = TypeVar("E", bound=StrEnum)


class Fields:
    """The fields of one YAML mapping. A reader calls `finish` to have unknown ones reported."""

    def __init__(self, value: Value, path: str, problems: Problems) -> None:
        self.path = path
        self.problems = problems
        self._asked: set[str] = set()
        self._values: dict[str, Value] = {}
        if isinstance(value, dict):
            self._values = value
        else:
            self._wrong(path, value, "a mapping of fields")

    def at(self, key: str) -> str:
        """Path of a field of this mapping."""
        return f"{self.path}.{key}" if self.path else key

    def text(self, key: str) -> str:
        """A required text; an empty one when it is missing or wrong (and reported)."""
        if not self._present(key):
            return ""
        value = self._values[key]
        if isinstance(value, str) and value.strip():
            return value
        self._wrong(self.at(key), value, "a text")
        return ""

    def optional_text(self, key: str) -> str | None:
        """A text, or None when absent or null."""
        return None if self._get(key) is None else self.text(key)

    def integer(self, key: str) -> int:
        """A required whole number."""
        if not self._present(key):
            return 0
        value = self._values[key]
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        self._wrong(self.at(key), value, "a whole number")
        return 0

    def optional_integer(self, key: str) -> int | None:
        """A whole number, or None when absent or null."""
        return None if self._get(key) is None else self.integer(key)

    def optional_decimal(self, key: str) -> Decimal | None:
        """An exact number, or None when absent or null."""
        value = self._get(key)
        if value is None:
            return None
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            return Decimal(value)
        self._wrong(self.at(key), value, "a number or null")
        return None

    def flag(self, key: str) -> bool:
        """True or false; false when absent."""
        value = self._get(key)
        if value is None or isinstance(value, bool):
            return bool(value)
        self._wrong(self.at(key), value, "true or false")
        return False

    def choice(self, key: str, kind: type[E], default: E | None = None) -> E:
        """A word of `kind`; required unless there is a default."""
        members = list(kind)
        if default is not None and self._get(key) is None:
            return default
        text = self.text(key)
        if text in {member.value for member in members}:
            return kind(text)
        if text:
            words = ", ".join(member.value for member in members)
            self.problems.add(self.at(key), f"{text!r} is unknown", f"use one of: {words}")
        return default if default is not None else members[0]

    def optional_choice(self, key: str, kind: type[E]) -> E | None:
        """A word of `kind`, or None when absent or null."""
        return None if self._get(key) is None else self.choice(key, kind)

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; empty when absent."""
        return tuple(
            self._item(f"{self.at(key)}[{index}]", item)
            for index, item in enumerate(self._list(key))
        )

    def integers(self, key: str) -> tuple[int, ...]:
        """A list of whole numbers; empty when absent."""
        found: list[int] = []
        for index, item in enumerate(self._list(key)):
            if isinstance(item, int) and not isinstance(item, bool):
                found.append(item)
            else:
                self._wrong(f"{self.at(key)}[{index}]", item, "a whole number")
        return tuple(found)

    def month(self, key: str) -> Month | None:
        """A calendar month ``YYYY-MM``, or None when absent or null."""
        text = self.optional_text(key)
        if not text:
            return None
        try:
            return Month.parse(text)
        except Refused as refused:
            self.problems.add(self.at(key), refused.detail, "write a month like 2024-01")
            return None

    def child(self, key: str) -> "Fields | None":
        """A nested mapping, or None when absent or null."""
        value = self._get(key)
        return None if value is None else Fields(value, self.at(key), self.problems)

    def children(self, key: str) -> list["Fields"]:
        """A list of mappings; empty when absent. The order is the file's."""
        return [
            Fields(item, f"{self.at(key)}[{index}]", self.problems)
            for index, item in enumerate(self._list(key))
        ]

    def has(self, key: str) -> bool:
        """Whether the field is written, even as null."""
        self._asked.add(key)
        return key in self._values

    def is_null(self, key: str) -> bool:
        """Whether the field is written as null."""
        return self.has(key) and self._values[key] is None

    def finish(self) -> None:
        """Report the fields that nobody asked for."""
        for key in self._values:
            if key in self._asked:
                continue
            near = difflib.get_close_matches(key, self._asked, n=1)
            known = ", ".join(sorted(self._asked))
            remedy = f"did you mean {near[0]}?" if near else f"known here: {known}"
            self.problems.add(self.at(key), "is not a field of this place", remedy)

    def _get(self, key: str) -> Value:
        self._asked.add(key)
        return self._values.get(key)

    def _present(self, key: str) -> bool:
        """Whether a required field has a value; reported when it has none."""
        self._asked.add(key)
        if self._values.get(key) is not None:
            return True
        self.problems.add(self.at(key), "is missing", f"add the field {key!r}")
        return False

    def _list(self, key: str) -> list[Value]:
        value = self._get(key)
        if value is None:
            return []
        if isinstance(value, list):
            return value
        self._wrong(self.at(key), value, "a list")
        return []

    def _item(self, path: str, item: Value) -> str:
        if isinstance(item, str) and item.strip():
            return item
        self._wrong(path, item, "a text")
        return ""

    def _wrong(self, path: str, value: Value, wanted: str) -> None:
        number = isinstance(value, int | Decimal) and wanted == "a text"
        remedy = "put it in quotes" if number else f"write {wanted}"
        self.problems.add(path, f"{_shown(value)} is not {wanted}", remedy)


_SHOWN = 40  # characters of a wrong value that a message repeats


def _shown(value: Value) -> str:
    text = "null" if value is None else repr(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
