"""The data of a chart as a table, for pages and workbooks."""

from services.alerts.domain.papers.figure import Figure, Kind
from services.alerts.domain.papers.model import Chart, Column, Row, Table


def data_table(chart: Chart) -> Table:
    """A row for each category, a column for each series; the values of the chart, no others."""
    columns = tuple(
        Column(series.name, _kind(series.points), chart.unit) for series in chart.series
    )
    rows = tuple(
        Row((category, *(series.points[place] for series in chart.series)))
        for place, category in enumerate(chart.categories)
    )
    first = Column(chart.category_title or "类别")
    return Table(chart.id, chart.title, (first, *columns), rows, chart.notes)


def _kind(points: tuple[Figure, ...]) -> Kind | None:
    kinds = {point.kind for point in points}
    return kinds.pop() if len(kinds) == 1 else None
