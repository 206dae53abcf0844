"""Formulas of queues whose answers are known exactly; the simulation is held against them."""

from math import ceil, factorial


def md1_wait(utilisation: float, service: float) -> float:
    """Mean seconds that arrivals wait before a fixed service time, one server.

    Arrivals are Poisson. Pollaczek-Khinchine: ρ s / 2 (1 - ρ).
    """
    _check(utilisation)
    return utilisation * service / (2 * (1 - utilisation))


def mmc_wait(servers: int, utilisation: float, service: float) -> float:
    """Mean seconds of waiting before exponential service times, several servers (Erlang's C)."""
    _check(utilisation)
    offered = servers * utilisation
    all_busy = offered**servers / factorial(servers) / (1 - utilisation)
    some_free = sum(offered**number / factorial(number) for number in range(servers))
    probability = all_busy / (some_free + all_busy)
    return probability * service / (servers * (1 - utilisation))


def batch_cycle(rate: float, setup: float, each: float) -> float:
    """Seconds of a batch that takes all that came during the one before, in balance.

    A batch of n costs `setup` + n `each`, and n = `rate` × the batch's own seconds. Raises
    ValueError at or beyond capacity, 1 / `each` a second.
    """
    utilisation = rate * each
    _check(utilisation)
    return setup / (1 - utilisation)


def batch_delay(rate: float, setup: float, each: float) -> float:
    """Mean seconds from arrival until the batch with it is stored, for large batches.

    Half a batch until the next begins, then that batch.
    """
    return 1.5 * batch_cycle(rate, setup, each)


def servers_for(rate: float, each: float, most_used: float) -> int:
    """Servers so that each is used no more than this share of its time; at least one."""
    return max(1, ceil(rate * each / most_used))


def _check(utilisation: float) -> None:
    if not 0 <= utilisation < 1:
        raise ValueError(f"at {utilisation:.0%} of capacity the queue grows without end")
