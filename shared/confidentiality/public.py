"""The public view of a status: the one place where figures are taken out.

Every edge (metrics page, read API, wall, papers, messages) shows statuses through a `Mask`. The
internal status stays complete, so judgement and alerts see all of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import msgspec

from shared.confidentiality.cells import (
    CHANGES_CONFIDENTIAL,
    CONTRACTS,
    CONTRACTS_CONFIDENTIAL,
    FUNDS,
    FUNDS_CONFIDENTIAL,
    FUNDS_ORIGINS_CONFIDENTIAL,
    GROWTH_CONFIDENTIAL,
    INVESTMENT,
    INVESTMENT_CONFIDENTIAL,
    table_name,
)
from shared.confidentiality.suppression import Suppression
from shared.events.period import Month
from shared.events.status import Colour, Funds, Investment, Projects, Status

Track = Literal["on_track", "off_track"]

_ON = frozenset({Colour.GREEN, Colour.BLUE})
_OFF = frozenset({Colour.YELLOW, Colour.ORANGE, Colour.RED})
_COARSE = {"on_track": Colour.GREEN, "off_track": Colour.YELLOW, None: Colour.GREY}
_GROWTH = "growth_pa"
"""Comparator of targets that are a growth: what is judged, and required, tells the growth."""
_PACE = "pace"
"""Forecast method that is last year's total times the growth."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A status as a reader may see it."""

    status: Status
    """With figures blanked where suppressed."""
    suppressed: bool
    verdict: str
    """A verdict's word; coarsened to `on_track` or `off_track` where suppressed."""
    colour: str
    track: Track | None
    """Null where nothing is judged (grey)."""


@dataclass(frozen=True, slots=True)
class Mask:
    """What one kind of reader sees; without a suppression everything."""

    suppression: Suppression | None

    def show(self, status: Status) -> Shown:
        """The view of a status."""
        if self.suppression is None:
            return complete(status)
        return suppressed(status) if self.hides(status) else self._open(status)

    def hides(self, status: Status) -> bool:
        """Whether the figures of a status are hidden: for themselves, or to protect others."""
        if self.suppression is None:
            return False
        base_year = status.base.year if status.base else None
        period = Month.parse(status.period)
        return self.suppression.hides(status.unit, status.indicator, period, base_year)

    def marked(self, status: Status) -> Status:
        """The complete status; its mark and its words about blocks say what this view hides."""
        hidden, reasons = self.hides(status), self._reasons(status)
        if status.confidential == hidden and reasons == status.reasons:
            return status
        return msgspec.structs.replace(status, confidential=hidden, reasons=reasons)

    def _reasons(self, status: Status) -> tuple[str, ...]:
        """Reason words, those about hidden blocks as this view hides them."""
        words = {
            INVESTMENT_CONFIDENTIAL: self._hides_investment(status),
            FUNDS_CONFIDENTIAL: any(self._hides_total(status, b) for b in status.funds),
            FUNDS_ORIGINS_CONFIDENTIAL: any(self._hides_origins(status, b) for b in status.funds),
            CONTRACTS_CONFIDENTIAL: bool(self._hidden_contracts(status)),
        }
        others = [word for word in status.reasons if word not in words]
        return (*others, *(word for word, holds in words.items() if holds))

    def _open(self, status: Status) -> Shown:
        """Without what tells of single contributors, and the blocks that are hidden."""
        growth = GROWTH_CONFIDENTIAL in status.reasons
        if growth and status.target is not None and status.target.comparator == _GROWTH:
            status = _without_growth(status)
        split = growth or CHANGES_CONFIDENTIAL in status.reasons
        forecast = status.forecast
        if growth and forecast is not None and forecast.method == _PACE:
            forecast = None
        return complete(
            msgspec.structs.replace(
                status,
                largest_contribution=None,
                largest_fall=None,
                decomposition=None if split else status.decomposition,
                ytd_growth=None if growth else status.ytd_growth,
                forecast=forecast,
                investment=self._investment(status),
                funds=tuple(
                    shown for block in status.funds for shown in self._funds(status, block)
                ),
                projects=self._projects(status),
                reasons=self._reasons(status),
            )
        )

    def _hidden(self, status: Status, table: str, period: str) -> bool:
        found = self.suppression
        return found is not None and found.hides(status.unit, table, Month.parse(period))

    def _investment(self, status: Status) -> Investment | None:
        """Numbers of projects are public, their amounts not always."""
        block = status.investment
        if block is None or not self._hides_investment(status):
            return block
        return Investment(block.period, None, None, None, None, None, block.projects)

    def _hides_investment(self, status: Status) -> bool:
        block = status.investment
        return block is not None and self._hidden(status, INVESTMENT, block.period)

    def _funds(self, status: Status, block: Funds) -> Iterator[Funds]:
        """The total on its own; origins together, because one is the total without the others."""
        if self._hides_total(status, block):
            return
        if self._hides_origins(status, block):
            block = msgspec.structs.replace(block, by_origin={}, planned=None)
        yield block

    def _hides_total(self, status: Status, block: Funds) -> bool:
        return self._hidden(status, table_name(FUNDS, block.currency), block.period)

    def _hides_origins(self, status: Status, block: Funds) -> bool:
        total = table_name(FUNDS, block.currency)
        tables = [table_name(total, origin) for origin in block.by_origin]
        if block.planned is not None:
            tables.append(FUNDS)
        return any(self._hidden(status, table, block.period) for table in tables)

    def _projects(self, status: Status) -> Projects | None:
        """Stages, days and numbers of projects are public, their amounts not always."""
        block = status.projects
        if block is None:
            return None
        hidden = self._hidden_contracts(status)
        totals = {c: total for c, total in block.contracted_total.items() if c not in hidden}
        return msgspec.structs.replace(block, contracted_total=totals)

    def _hidden_contracts(self, status: Status) -> frozenset[str]:
        """Currencies of contracted totals that are hidden."""
        block = status.projects
        if block is None:
            return frozenset()
        return frozenset(
            currency
            for currency in block.contracted_total
            if self._hidden(status, table_name(CONTRACTS, currency), block.period)
        )


EVERYTHING = Mask(None)
"""For readers with the right, and where masking is off by the audited setting."""


def complete(status: Status) -> Shown:
    """Everything a status says."""
    return Shown(
        status=status,
        suppressed=False,
        verdict=str(status.verdict),
        colour=str(status.colour),
        track=track_of(status.colour),
    )


def suppressed(status: Status) -> Shown:
    """The colour alone, coarsened to on or off track."""
    track = track_of(status.colour)
    return Shown(
        status=_blank(status),
        suppressed=True,
        verdict=track or str(status.verdict),
        colour=str(_COARSE[track]),
        track=track,
    )


def track_of(colour: Colour) -> Track | None:
    """On or off track; null where nothing is judged. The early warning (blue) is on track."""
    if colour in _ON:
        return "on_track"
    return "off_track" if colour in _OFF else None


def _without_growth(status: Status) -> Status:
    return msgspec.structs.replace(
        status, ytd_last_year=None, required_ytd=None, gap=None, ratio=None, level=None
    )


def _blank(status: Status) -> Status:
    """All that could give a value back is taken out; the plan's own target is public."""
    base = status.base and msgspec.structs.replace(status.base, value=None)
    return msgspec.structs.replace(
        status,
        month=None,
        ytd=None,
        month_last_year=None,
        ytd_last_year=None,
        rolling_year=None,
        ytd_growth=None,
        required_ytd=None,
        required_year=None,
        base=base,
        ratio=None,
        gap=None,
        catch_up_rate=None,
        forecast=None,
        forecast_for=None,
        probability=None,
        coverage=None,
        decomposition=None,
        largest_contribution=None,
        largest_fall=None,
        investment=None,
        funds=(),
        projects=None,
        level=None,
        reasons=(),
    )
