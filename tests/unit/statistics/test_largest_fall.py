"""Who explains a fall: contribution to the unit's change, never a firm's own growth."""

import pytest

from services.metrics.testing import Service
from shared.events.facts import Fact
from shared.testing.facts import fact

UNIT = "szah-lb-bearings"


def firms(**figures: tuple[int, int | None]) -> list[Fact]:
    return [
        fact(UNIT, name, "2026-05", ytd=ytd, ytd_last_year=before)
        for name, (ytd, before) in figures.items()
    ]


def test_it_is_the_largest_own_fall_as_a_share_of_the_units(service: Service) -> None:
    service.feed(firms(big=(900, 1000), tiny=(1, 10), steady=(50, 50)))
    fall = service.status(UNIT, "2026-05").largest_fall
    assert fall is not None
    assert fall.subject == "big"
    assert fall.share == pytest.approx(100 / 109)


def test_it_is_above_one_where_others_grew(service: Service) -> None:
    service.feed(firms(down=(400, 1000), up=(700, 200)))
    fall = service.status(UNIT, "2026-05").largest_fall
    assert fall is not None
    assert fall.share == pytest.approx(6.0)


@pytest.mark.parametrize("ytd", [1000, 1001])
def test_there_is_none_where_nothing_fell(service: Service, ytd: int) -> None:
    service.feed(firms(only=(ytd, 1000)))
    assert service.status(UNIT, "2026-05").largest_fall is None


def test_only_reports_with_both_figures_take_part(service: Service) -> None:
    service.feed(firms(down=(80, 100), new=(0, None)))
    fall = service.status(UNIT, "2026-05").largest_fall
    assert fall is not None
    assert (fall.subject, fall.share) == ("down", 1.0)


def test_of_equal_falls_the_same_one_is_named_whatever_the_order(service: Service) -> None:
    service.feed(firms(b=(80, 100), a=(80, 100)))
    fall = service.status(UNIT, "2026-05").largest_fall
    assert fall is not None
    assert fall.subject == "a"
