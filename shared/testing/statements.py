"""Counts what a store is asked: figures that no busy machine changes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from sqlalchemy import Engine
from sqlalchemy.pool.base import _ConnectionFairy


@dataclass(slots=True)
class Statements:
    """Statements sent; one with many rows of values is one."""

    number: int = 0


class _Cursor:
    """A driver's cursor that counts; it is asked for everything else."""

    def __init__(self, cursor: Any, counted: Statements) -> None:  # noqa: ANN401 - any driver's
        self._cursor = cursor
        self._counted = counted

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the driver has
        if name in {"execute", "executemany", "copy"}:
            self._counted.number += 1
        return getattr(self._cursor, name)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._cursor)


@contextmanager
def counting(engine: Engine) -> Iterator[Statements]:
    """Statements of an engine while the context is open, by SQLAlchemy or past it."""
    counted = Statements()
    cursor_of = _ConnectionFairy.cursor

    def cursor(held: _ConnectionFairy, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        made = cursor_of(held, *args, **kwargs)
        return _Cursor(made, counted) if held._pool is engine.pool else made  # noqa: SLF001 - no public name

    with patch.object(_ConnectionFairy, "cursor", cursor):
        yield counted
