"""What one of each costs, as `bench/capacity.py` measured it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

RESULTS = Path(__file__).parents[2] / "bench" / "results" / "capacity.json"


@dataclass(frozen=True, slots=True)
class Costs:
    """CPU seconds on the machine of the run, bytes, and how many of one make how many of another.

    An enterprise-month is the report of one enterprise for one month, with its share of all
    other records: the register, projects, investment, funds, corrections and repeats.
    """

    cpu: dict[str, float]
    counted: dict[str, int]
    topic_bytes: dict[str, float]
    """Of an enterprise-month, one copy, by topic."""
    store_bytes: dict[str, float]
    """Of an enterprise-month, by service."""
    page_bytes: int
    peak_bytes: dict[str, int]
    idle_cpu: dict[str, float]
    """CPU seconds a second while nothing happens, by service."""
    of_the_loop: dict[str, float]
    """The same CPU times in turns of the machine's reference, a fixed loop."""

    @classmethod
    def read(cls, file: Path = RESULTS) -> "Costs":
        """Of the committed run. Raises OSError outside of a checkout."""
        told: dict[str, Any] = msgspec.json.decode(file.read_bytes())
        milliseconds = told["milliseconds_on_the_machine_of_the_run"]
        return cls(
            {name: value / 1000 for name, value in milliseconds.items()},
            told["counted"],
            told["bytes_of_an_enterprise_month"]["topics"],
            told["bytes_of_an_enterprise_month"]["stores"],
            told["bytes_of_the_page"],
            told["resident_bytes"]["peak"],
            told["idle_cpu_share"],
            told["cpu_of_fixed_loop"],
        )

    @property
    def events(self) -> float:
        """Records on the input topics for one enterprise-month."""
        return self.counted["events"] / self.counted["enterprise_months"]

    @property
    def facts(self) -> float:
        """Facts that one event leads to."""
        return self.counted["facts"] / self.counted["events"]

    @property
    def statuses(self) -> float:
        """Statuses that one event leads to when reports come singly: one in each cluster."""
        return self.counted["news_statuses"] / self.counted["news_events"]

    @property
    def history_statuses(self) -> float:
        """Statuses that one event leads to when a history is read at once."""
        return self.counted["statuses"] / self.counted["events"]

    @property
    def metrics_event(self) -> float:
        """CPU seconds of metrics for one event that comes singly."""
        return self.facts * self.cpu["fact"] + self.statuses * self.cpu["status of news"]

    @property
    def alerts_event(self) -> float:
        """CPU seconds of alerts for one event that comes singly."""
        return self.statuses * self.cpu["status in alerts"]

    @property
    def metrics_history_event(self) -> float:
        """CPU seconds of metrics for one event of a history."""
        status = self.cpu["status of a history"]
        return self.facts * self.cpu["fact"] + self.history_statuses * status
