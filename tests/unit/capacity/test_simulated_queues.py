"""The simulation gives what is known of queues, before it is asked about ours."""

import random
from statistics import mean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusterwatch.capacity.queueing import (
    batch_cycle,
    batch_delay,
    md1_wait,
    mmc_wait,
    servers_for,
)
from clusterwatch.capacity.simulation import Stretch, arrivals, batch_delays, shared, waits

NUMBER = 100_000
SERVICE = 0.01


def poisson(rate: float, seed: int = 1) -> list[float]:
    """So many arrivals, about."""
    rng = random.Random(seed)
    return list(arrivals(rng, [Stretch(NUMBER / rate, rate)]))


@pytest.mark.parametrize("utilisation", [0.3, 0.6, 0.8])
def test_one_server_with_a_fixed_time_makes_arrivals_wait_as_pollaczek_and_khinchine_say(
    utilisation: float,
) -> None:
    found = mean(waits(poisson(utilisation / SERVICE), 1, lambda: SERVICE))
    assert found == pytest.approx(md1_wait(utilisation, SERVICE), rel=0.05)


@pytest.mark.parametrize(("servers", "utilisation"), [(1, 0.5), (2, 0.7), (4, 0.8)])
def test_several_servers_make_arrivals_wait_as_erlang_says(
    servers: int, utilisation: float
) -> None:
    rng = random.Random(2)
    times = poisson(servers * utilisation / SERVICE)
    found = mean(waits(times, servers, lambda: rng.expovariate(1 / SERVICE)))
    assert found == pytest.approx(mmc_wait(servers, utilisation, SERVICE), rel=0.08)


def test_one_of_erlangs_servers_is_the_queue_with_exponential_times() -> None:
    assert mmc_wait(1, 0.5, SERVICE) == pytest.approx(SERVICE)  # ρ s / (1 - ρ)


@pytest.mark.parametrize("utilisation", [0.2, 0.5, 0.9])
def test_large_batches_take_the_time_at_which_they_are_in_balance(utilisation: float) -> None:
    setup, each = 0.05, 0.001
    rate = utilisation / each
    found = mean(batch_delays(poisson(rate), setup, each, NUMBER))
    assert found == pytest.approx(batch_delay(rate, setup, each), rel=0.05)


def test_without_a_fixed_cost_and_with_batches_of_one_it_is_the_queue_with_one_server() -> None:
    times = poisson(0.6 / SERVICE)
    single = mean(wait + SERVICE for wait in waits(times, 1, lambda: SERVICE))
    assert mean(batch_delays(times, 0.0, SERVICE, 1)) == pytest.approx(single)


@given(
    times=st.lists(st.floats(0, 100), min_size=1, max_size=60).map(sorted),
    setup=st.floats(0, 5),
    each=st.floats(0.01, 1),
    most=st.integers(1, 50),
)
def test_every_arrival_is_stored_once_and_none_before_its_own_batch_could_be(
    times: list[float], setup: float, each: float, most: int
) -> None:
    delays = list(batch_delays(times, setup, each, most))
    assert len(delays) == len(times)
    assert min(delays) >= setup + each - 1e-9
    ends = [time + delay for time, delay in zip(times, delays, strict=True)]
    assert ends == sorted(ends)


def test_arrivals_follow_the_rates() -> None:
    times = list(arrivals(random.Random(3), [Stretch(100, 50), Stretch(100, 200)]))
    first = sum(time < 100 for time in times)
    assert first == pytest.approx(5_000, rel=0.05)
    assert len(times) - first == pytest.approx(20_000, rel=0.05)
    assert times == sorted(times)
    assert times[-1] <= 200


def test_partitions_share_the_arrivals() -> None:
    found = shared(poisson(10), 6, random.Random(4))
    assert sum(map(len, found)) > 0.9 * NUMBER
    assert all(len(one) == pytest.approx(NUMBER / 6, rel=0.05) for one in found)


@pytest.mark.parametrize("utilisation", [1.0, 1.5, -0.1])
def test_beyond_capacity_there_is_no_balance(utilisation: float) -> None:
    with pytest.raises(ValueError, match="grows without end"):
        md1_wait(utilisation, SERVICE)
    with pytest.raises(ValueError, match="grows without end"):
        batch_cycle(utilisation / SERVICE, 1.0, SERVICE)


def test_servers_are_counted_so_that_none_is_used_more_than_it_should_be() -> None:
    assert servers_for(0, SERVICE, 0.5) == 1
    assert servers_for(100, SERVICE, 0.5) == 2
    assert servers_for(101, SERVICE, 0.5) == 3
