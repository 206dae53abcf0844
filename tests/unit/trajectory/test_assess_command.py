"""`clusterwatch assess` from the outside."""

import csv
import io
from pathlib import Path

import pytest
from typer.testing import CliRunner

from clusterwatch.cli import app

PUBLISHED = Path(__file__).parents[2] / "data" / "statcan_progress.csv"

TABLE = """\
indicator,direction,base_year,base_value,latest_year,latest_value,target,target_year,limit
bearings,1,2024,24.9,2025,30.0,100,2027,
轴承,1,2024,24.9,2025,38.8452,100,2027,
share,1,2020,50,2025,60,,,100
"""


def write(folder: Path, text: str, encoding: str = "utf-8") -> str:
    file = folder / "indicators.csv"
    file.write_bytes(text.encode(encoding))
    return str(file)


def parsed(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_the_file_comes_back_with_six_more_columns(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["assess", write(tmp_path, TABLE)])
    assert result.exit_code == 0
    first = parsed(result.stdout)[0]
    assert first["indicator"] == "bearings"
    assert first["ratio"].startswith("0.3474")
    assert first["verdict"] == "far_behind"
    assert first["published_style_status"] == "limited_progress"
    assert first["un_ratio"].startswith("0.2483")
    assert first["linear_ratio"].startswith("0.2037")
    assert first["catch_up_rate"] == "0.825742"
    assert parsed(result.stdout)[2]["un_ratio"] == ""


def test_the_published_statuses_come_out_of_the_command(tmp_path: Path) -> None:
    output = tmp_path / "out.csv"
    result = CliRunner().invoke(app, ["assess", str(PUBLISHED), "--output", str(output)])
    assert result.exit_code == 0
    rows = parsed(output.read_text(encoding="utf-8-sig"))
    assert len(rows) == 87
    assert [r for r in rows if r["published_style_status"] != r["published_status"]] == []


def test_bad_rows_are_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    bad = TABLE + (
        "text,1,2024,many,2025,30,,,\n"
        "direction,2,2024,1,2025,30,,,\n"
        "no year,1,2024,1,2025,30,100,,\n"
        'separators,1,2024,"1,000",2025,nan,,,\n'
        "good,1,2024,1,2025,30,,,\n"
        "too wide,1,2024,1,2025,30,,,,,7\n"
        "short,1,2024\n"
        "huge,1,2024,1e999999,2025,30,,,\n"
    )
    result = CliRunner().invoke(app, ["assess", write(tmp_path, bad)])
    assert result.exit_code == 1
    assert [row["indicator"] for row in parsed(result.stdout)] == [
        "bearings",
        "轴承",
        "share",
        "good",
    ]
    problems = [line.split(";")[0] for line in result.stderr.splitlines()]
    assert problems[:5] == [
        "row 5, base_value: 'many' is not a number",
        "row 6, direction: '2' is no direction",
        "row 7, target_year: a target without a year",
        "row 8, base_value: '1,000' is not a number",
        "row 8, latest_value: 'nan' is not a finite number",
    ]
    assert [line.split(",")[0] for line in problems[5:]] == ["row 10", *["row 11"] * 3, "row 12"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "column(s) indicator"),
        ("indicator,direction\na,1\n", "base_year, base_value"),
        ("\xff\xfe", "column(s)"),
    ],
)
def test_a_file_without_the_columns_is_refused_as_a_whole(
    tmp_path: Path, text: str, words: str
) -> None:
    result = CliRunner().invoke(app, ["assess", write(tmp_path, text)])
    assert result.exit_code == 2
    assert words in result.stderr


def test_a_missing_file_is_an_error_and_no_traceback(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["assess", str(tmp_path / "nothing.csv")])
    assert result.exit_code == 2
    assert "nothing.csv" in result.stderr


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_spreadsheet_encodings_are_read(tmp_path: Path, encoding: str) -> None:
    result = CliRunner().invoke(app, ["assess", write(tmp_path, TABLE, encoding)])
    assert result.exit_code == 0
    assert parsed(result.stdout)[1]["indicator"] == "轴承"


def test_a_table_can_be_read_by_people(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["assess", write(tmp_path, TABLE), "--table"])
    assert result.exit_code == 0
    assert "bearings" in result.stdout
    assert "indicator,direction" not in result.stdout
