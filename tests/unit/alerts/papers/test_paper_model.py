"""The content model: canonical JSON, and what it refuses."""

import msgspec
import pytest

from services.alerts.domain.papers.figure import Figure, Kind
from services.alerts.domain.papers.model import (
    Chart,
    ChartKind,
    Column,
    Paper,
    Paragraph,
    Row,
    Section,
    Series,
    Table,
    decode_paper,
    encode_paper,
)


def test_a_paper_is_the_same_after_json_and_the_same_bytes_again(rich_paper: Paper) -> None:
    text = encode_paper(rich_paper)
    assert decode_paper(text) == rich_paper
    assert encode_paper(decode_paper(text)) == text


def test_a_sound_paper_does_not_contradict_itself(rich_paper: Paper) -> None:
    assert rich_paper.contradictions() == ()


def test_another_value_under_the_same_id_is_a_contradiction(rich_paper: Paper) -> None:
    wrong = Paragraph((Figure("city|gross_output|2026-05|ytd", Kind.AMOUNT, 1),))
    paper = msgspec.structs.replace(rich_paper, notes=(wrong,))
    assert paper.contradictions() == ("city|gross_output|2026-05|ytd",)


def test_rows_that_miss_cells_and_figures_of_another_kind_are_refused() -> None:
    columns = (Column("名称"), Column("增速", Kind.CHANGE, "%"))
    with pytest.raises(ValueError, match="row 0 of table t has 1 cells"):
        Table("t", "表", columns, (Row(("甲",)),))
    with pytest.raises(ValueError, match="is no change in table t"):
        Table("t", "表", columns, (Row(("甲", Figure("x", Kind.AMOUNT, 1))),))


def test_charts_with_missing_points_and_waterfalls_of_two_series_are_refused() -> None:
    series = Series("甲", (Figure("x", Kind.AMOUNT, 1),))
    with pytest.raises(ValueError, match="misses points"):
        Chart("c", "图", ChartKind.LINE, ("一", "二"), (series,), "亿元", "")
    with pytest.raises(ValueError, match="one series"):
        Chart("c", "图", ChartKind.WATERFALL, ("一",), (series, series), "亿元", "")


def test_two_blocks_of_one_id_are_refused(rich_paper: Paper) -> None:
    table = next(rich_paper.tables())
    with pytest.raises(ValueError, match="not unique"):
        msgspec.structs.replace(rich_paper, sections=(Section("一", (table, table)),))
