"""The targets: each is a function that takes bytes and raises for a broken claim only."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Final

Claim = Callable[[bytes], None]


@dataclass(frozen=True, slots=True)
class Target:
    """One function that is fuzzed; its module is imported when it runs."""

    name: str
    module: str
    is_decoder: bool = False
    """Whether it reads records of a topic: their executions are counted together."""
    longest: int = 4096
    """Bytes of an input: long enough for every branch, short enough to be quick."""
    dictionary: str = "json"
    """File of `fuzz/dictionaries`."""

    def load(self) -> Claim:
        """The function; imports what it needs."""
        module = import_module(f"fuzz.targets.{self.module}")
        found: Claim = getattr(module, self.name)
        return found


_RECORDS = (
    *("enterprise", "output", "investment", "funds", "project", "indicator"),
    *("decision", "fact", "status", "notice", "dead_letter"),
)
TARGETS: Final[dict[str, Target]] = {
    target.name: target
    for target in (
        *(Target(name, "records", is_decoder=True) for name in _RECORDS),
        Target("periods", "values", longest=64, dictionary="values"),
        Target("amounts", "values", longest=128, dictionary="values"),
        Target("cell", "values", longest=128, dictionary="values"),
        Target("csv_tables", "tables", dictionary="tables"),
        Target("xlsx_tables", "tables", longest=16_384, dictionary="tables"),
        Target("mappings", "tables", dictionary="yaml"),
        Target("plans", "tables", dictionary="yaml"),
        Target("bodies", "requests"),
        Target("headers", "requests", longest=512, dictionary="requests"),
        Target("cursors", "requests", longest=256, dictionary="requests"),
        Target("urls", "requests", longest=512, dictionary="requests"),
        Target("matchers", "labels", longest=512, dictionary="labels"),
        Target("posted_alerts", "labels", dictionary="labels"),
    )
}
"""By name."""
