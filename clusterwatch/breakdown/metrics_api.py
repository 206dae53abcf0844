"""Bases and cumulative shares from the metrics service, as its reader's role may see them."""

from dataclasses import dataclass, field
from typing import Any

import httpx

from clusterwatch.breakdown.known import KnownBase, Share, YearToDate, share_of_history
from shared.plans import Plan, PlanIndicator

_PAGE = 1000
_SECONDS = 30.0
_NOT_FOUND = 404


class MetricsError(RuntimeError):
    """The service does not answer as it should; the message says what to do."""


@dataclass(frozen=True, slots=True)
class _History:
    """What the service shows of one unit's indicator."""

    year_to_date: YearToDate = field(default_factory=dict)
    bases: dict[int, KnownBase] = field(default_factory=dict)
    """By base year, in base units."""


_NOTHING = _History()


class MetricsApi:
    """Asks once for each unit and indicator. Raises `MetricsError`."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        self._known: dict[tuple[str, str, str], _History] = {}

    def base(self, plan: Plan, indicator: PlanIndicator) -> KnownBase | None:
        """The base that the service judges by: the feed's total, frozen when it was closed."""
        if indicator.base is None:
            return None
        history = self._history(plan, indicator.unit, indicator.indicator)
        return history.bases.get(indicator.base.year)

    def share(self, plan: Plan, indicator: PlanIndicator, year: int, month: int) -> Share | None:
        """The mean share of up to three closed years; the parent's while the unit has none."""
        unit = plan.unit(indicator.unit)
        own = self._history(plan, unit.id, indicator.indicator).year_to_date
        found = share_of_history(year, month, own, {})
        parent = unit.primary_parent or next(iter(unit.parents), None)
        if found is not None or parent is None:
            return found
        of_parent = self._history(plan, parent, indicator.indicator).year_to_date
        return share_of_history(year, month, own, of_parent)

    def _history(self, plan: Plan, unit: str, indicator: str) -> _History:
        key = (plan.id, unit, indicator)
        if key not in self._known:
            self._known[key] = self._read(*key)
        return self._known[key]

    def _read(self, plan: str, unit: str, indicator: str) -> _History:
        query = {"plan": plan, "indicator": indicator, "limit": str(_PAGE)}
        year_to_date: dict[tuple[int, int], int] = {}
        bases: dict[int, KnownBase] = {}
        while True:
            body = self._get(f"/api/v1/clusters/{unit}/history", query)
            if body is None:
                return _NOTHING
            for item in body["items"]:
                _take(item, year_to_date, bases)
            if body["next"] is None:
                return _History(year_to_date, bases)
            query["cursor"] = str(body["next"])

    def _get(self, path: str, query: dict[str, str]) -> Any:  # noqa: ANN401 - JSON
        where = f"{self._client.base_url}"
        try:
            answer = self._client.get(path, params=query, timeout=_SECONDS)
            if answer.status_code == _NOT_FOUND:
                return None
            body = answer.raise_for_status().json()
        except (httpx.HTTPError, ValueError) as error:
            raise MetricsError(
                f"the metrics service at {where} does not answer: {error}; start it with "
                "`clusterwatch run`, or give the bases with --bases"
            ) from error
        if not isinstance(body, dict) or not {"items", "next"} <= body.keys():
            raise MetricsError(f"{where} is no metrics service; its address ends in :8102")
        return body


def _take(
    item: dict[str, Any], year_to_date: dict[tuple[int, int], int], bases: dict[int, KnownBase]
) -> None:
    """Note one period; what is masked for this reader is null and stays unknown."""
    year, month = (int(part) for part in item["period"].split("-"))
    if item["ytd"] is not None:
        year_to_date[year, month] = item["ytd"]
    base = item["base"]
    if base is not None and base["value"] is not None:
        of = "" if not item["as_of"] else f"，截至{item['as_of'][:10]}"
        bases[base["year"]] = KnownBase(base["value"], f"{base['year']}年统计数据{of}")
