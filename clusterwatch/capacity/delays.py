"""How long a report waits for ingest, simulated from the measured cost of a batch and an event."""

import random
from dataclasses import dataclass
from statistics import mean, quantiles

from clusterwatch.capacity.costs import Costs
from clusterwatch.capacity.model import HOUR, Need
from clusterwatch.capacity.simulation import Stretch, arrivals, batch_delays

UTILISATIONS = (0.1, 0.5, 0.9)
BATCH = 2_000
_ARRIVALS = 60_000
_SEED = 2027


@dataclass(frozen=True, slots=True)
class Delay:
    """Seconds from arrival until the batch is stored."""

    mean: float
    late: float
    """Of the hundredth that waits longest, at least."""


def delay_of(times: list[float], costs: Costs) -> Delay:
    """What one replica makes these arrivals wait."""
    setup, each = costs.cpu["batch, beside its events"], costs.cpu["event"]
    found = list(batch_delays(times, setup, each, BATCH))
    return Delay(mean(found), quantiles(found, n=100, method="inclusive")[98])


def at_utilisation(costs: Costs, utilisation: float) -> Delay:
    """With arrivals at a share of the rate at which events alone would fill a core."""
    rate = utilisation / costs.cpu["event"]
    return delay_of(list(arrivals(random.Random(_SEED), [Stretch(_ARRIVALS / rate, rate)])), costs)  # noqa: S311 - a simulation


def on_deadline_day(need: Need) -> Delay:
    """One replica of the scale's, over a day of four usual hours and the busiest between them."""
    a = need.assumed
    peak = need.peak_rate / need.replicas("ingest")
    usual = peak / a.busiest
    day = [Stretch(2 * HOUR, usual), Stretch(HOUR, peak), Stretch(2 * HOUR, usual)]
    return delay_of(list(arrivals(random.Random(_SEED), day)), need.costs)  # noqa: S311 - a simulation


def backlog_seconds(need: Need) -> float:
    """Seconds for the replicas of a scale to take two days' reports that all come at once."""
    events = need.events_a_month * need.assumed.deadline_share
    return events * need.costs.cpu["event"] / need.replicas("ingest")
