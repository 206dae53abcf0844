"""What an answer as of a moment of the past hides: what is hidden today, and what was then."""

from shared.confidentiality import ConfidentialityLimits, Hierarchy, Suppression, Suppressor
from shared.confidentiality.hierarchy import Relation
from shared.events.period import Month
from shared.events.status import Enterprises, Status
from shared.testing.statuses import status_of

_COUNTIES = ("north", "south", "west")
_HIERARCHY = Hierarchy((Relation("city", _COUNTIES),), {})
_MAY = Month(2026, 5)


def told(unit: str, ytd: int, contributors: int = 9) -> Status:
    return status_of(
        str(_MAY),
        unit=unit,
        ytd=ytd,
        month=ytd,
        contributors=contributors,
        confidential=contributors < 3,
        enterprises=Enterprises(contributors, contributors),
        base=None,
    )


def city(north: int = 9, south: int = 9, west: int = 9) -> list[Status]:
    """The largest county is west; each with so many contributors."""
    counties = [told("north", 10, north), told("south", 20, south), told("west", 70, west)]
    return [told("city", 100, north + south + west), *counties]


def decision(statuses: list[Status], standing: Suppression | None = None) -> Suppression:
    suppressor = Suppressor(_HIERARCHY, ConfidentialityLimits(), standing or Suppression())
    suppressor.put(statuses)
    return suppressor.decision()


def hidden(found: Suppression) -> set[str]:
    return {unit for unit in ("city", *_COUNTIES) if found.hides(unit, "gross_output", _MAY)}


def test_what_is_hidden_today_protects_the_secrets_of_then_before_anything_else() -> None:
    today = decision(city(north=2, west=2))
    assert hidden(today) == {"north", "west"}
    assert hidden(decision(city(north=2))) == {"north", "south"}
    assert hidden(decision(city(north=2), today)) == {"north", "west"}


def test_what_was_secret_then_is_hidden_too_though_it_is_public_today() -> None:
    today = decision(city(west=2))
    assert "north" not in hidden(today) or "south" not in hidden(today)
    assert hidden(decision(city(north=2, south=2), today)) == set(_COUNTIES)


def test_the_same_statuses_hide_nothing_more_than_today() -> None:
    today = decision(city(north=1, south=2))
    assert hidden(decision(city(north=1, south=2), today)) == hidden(today)
