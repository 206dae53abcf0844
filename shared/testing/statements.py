"""Counts what a store is asked: figures that no busy machine changes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Engine, event


@dataclass(slots=True)
class Statements:
    """Statements sent, with those that only begin or end a transaction."""

    number: int = 0


@contextmanager
def counting(engine: Engine) -> Iterator[Statements]:
    """Statements of an engine while the context is open."""
    counted = Statements()

    def count(*_: object) -> None:
        counted.number += 1

    event.listen(engine, "before_cursor_execute", count)
    try:
        yield counted
    finally:
        event.remove(engine, "before_cursor_execute", count)
