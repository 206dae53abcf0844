"""Figures of an alert, kept with each transition so that a message says what was known then."""

from dataclasses import dataclass, field, replace

from services.alerts.domain.detail import Detail
from services.alerts.domain.outcome import Outcome
from shared.confidentiality import INVESTMENT, Mask
from shared.events.period import Month
from shared.events.status import Colour, Status, Verdict

INTERNAL_ROLE = "internal"
"""Role that may see complete figures; everyone else sees masked ones where they are marked."""


@dataclass(frozen=True, slots=True)
class Figures:
    """The status behind an alert, in base units (money: whole yuan); null is unknown."""

    name: str
    """Display name of the unit."""
    measure: str = "CNY"
    confidential: bool = False
    verdict: Verdict | None = None
    ratio: float | None = None
    ytd: int | None = None
    rolling_year: int | None = None
    ytd_growth: float | None = None
    required_ytd: int | None = None
    required_year: int | None = None
    gap: int | None = None
    target_year: int | None = None
    target_value: int | None = None
    target_comparator: str | None = None
    base_year: int | None = None
    base_value: int | None = None
    path: str | None = None
    catch_up_rate: float | None = None
    forecast_year: int | None = None
    forecast_median: int | None = None
    forecast_p10: int | None = None
    forecast_p90: int | None = None
    probability: float | None = None
    coverage: float | None = None
    expected: int | None = None
    reporting: int | None = None
    as_of: str | None = None
    working_days_late: int | None = None
    warnings: tuple[str, ...] = ()
    plan_version: str | None = None
    detail: Detail = field(default_factory=Detail)


def figures_of(status: Status | None, name: str, found: Outcome | None = None) -> Figures:
    """Figures of a status and of what a rule found; without a status little is known."""
    late, warnings, detail = (
        (None, (), Detail())
        if found is None
        else (found.working_days_late, found.warnings, found.detail)
    )
    if status is None:
        return Figures(name, working_days_late=late, warnings=warnings, detail=detail)
    target, base, forecast = status.target, status.base, status.forecast
    return Figures(
        name=status.name,
        measure=status.measure,
        confidential=status.confidential,
        verdict=status.verdict,
        ratio=status.ratio,
        ytd=status.ytd,
        rolling_year=status.rolling_year,
        ytd_growth=status.ytd_growth,
        required_ytd=status.required_ytd,
        required_year=status.required_year,
        gap=status.gap,
        target_year=target.year if target else None,
        target_value=target.value if target else None,
        target_comparator=target.comparator if target else None,
        base_year=base.year if base else None,
        base_value=base.value if base else None,
        path=status.path,
        catch_up_rate=status.catch_up_rate,
        forecast_year=forecast.year if forecast else None,
        forecast_median=forecast.median if forecast else None,
        forecast_p10=forecast.p10 if forecast else None,
        forecast_p90=forecast.p90 if forecast else None,
        probability=status.probability,
        coverage=status.coverage,
        expected=status.enterprises.expected,
        reporting=status.enterprises.reporting,
        as_of=status.as_of,
        working_days_late=late,
        warnings=warnings,
        plan_version=status.plan_version,
        detail=detail,
    )


def seen_by(figures: Figures, role: str) -> Figures:
    """What a reader of that role may see of them."""
    if role == INTERNAL_ROLE:
        return figures
    if figures.confidential:
        return masked(figures)
    return replace(figures, detail=figures.detail.of_many())


def marked_by(mask: Mask, figures: Figures, place: tuple[str, str, str | None]) -> Figures:
    """Figures kept earlier, confidential as well where today's mask hides their place.

    `place` is unit, indicator and period: what was shown once may have to be hidden since. The
    investment that a rule compared is hidden in a table of its own.
    """
    unit, indicator, period = place
    if figures.confidential or period is None or mask.suppression is None:
        return figures
    month = Month.parse(period)
    if mask.suppression.hides(unit, indicator, month, figures.base_year):
        return replace(figures, confidential=True)
    detail = figures.detail
    if detail.ytd is not None and mask.suppression.hides(unit, INVESTMENT, month):
        return replace(figures, detail=detail.masked())
    return figures


def masked(figures: Figures) -> Figures:
    """What readers without the right may see: names, lateness, numbers of reports and age.

    The target is public; the ratio, the gap and the forecast would give the value back, and the
    coverage is a share of last year's.
    """
    return Figures(
        name=figures.name,
        measure=figures.measure,
        confidential=True,
        target_year=figures.target_year,
        target_value=figures.target_value,
        target_comparator=figures.target_comparator,
        path=figures.path,
        expected=figures.expected,
        reporting=figures.reporting,
        as_of=figures.as_of,
        working_days_late=figures.working_days_late,
        warnings=figures.warnings,
        plan_version=figures.plan_version,
        detail=figures.detail.masked(),
    )


def is_masked_for(figures: Figures, role: str) -> bool:
    """Whether a reader of that role sees the masked view."""
    return figures.confidential and role != INTERNAL_ROLE


def coarse(colour: Colour) -> str:
    """The masked view's colour: on or off track, nothing finer."""
    return "on_track" if colour is Colour.GREEN else "off_track"
