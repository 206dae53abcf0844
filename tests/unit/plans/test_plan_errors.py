"""A broken plan file is refused with file, line, field and remedy of everything that is wrong."""

from pathlib import Path

import pytest

from shared.plans import PlanError, Problem, load_catalogue

_SMALL = (Path(__file__).parents[2] / "data" / "plans" / "small.yaml").read_text(encoding="utf-8")


def _problems(tmp_path: Path, text: str) -> tuple[Problem, ...]:
    path = tmp_path / "broken.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PlanError) as caught:
        load_catalogue([path])
    return caught.value.problems


def _line_of(text: str, needle: str) -> int:
    return next(n for n, line in enumerate(text.splitlines(), 1) if needle in line)


def test_the_small_plan_is_right(tmp_path: Path) -> None:
    path = tmp_path / "small.yaml"
    path.write_text(_SMALL, encoding="utf-8")
    assert load_catalogue([path]).plan("small").unit("machines").name == "机械"


@pytest.mark.parametrize(
    ("old", "new", "at", "field", "message"),
    [
        ("    name: 轴承产值\n", "", "id: bearings-output", "indicators[0].name", "is missing"),
        ("  issuer: 某市\n", "", "plan:", "plan.issuer", "is missing"),
        ("year: 2025, value: 12.5", "year: soon, value: 12.5", "soon", ".year", "whole number"),
        ("value: 12.5", "value: much", "much", ".value", "'much' is not a number"),
        ("['345']", "[345]", "[345]", "industries[0]", "put it in quotes"),
        ("['345']", "['3451234']", "3451234", "industries[0]", "is not an industry code"),
        ("parents: [machines]", "parents: [motors]", "motors", "parents[0]", "'motors' is not"),
        ("within: town\n    codes", "within: village\n    codes", "village", "within", "is not a"),
        ("unit: east-pumps", "unit: west-pumps", "west-pumps", "indicators[1].unit", "is not a"),
        ("id: pumps-output", "id: bearings-output", "", "indicators[1].id", "already used on line"),
        ("id: east-pumps", "id: east-bearings", "", "clusters[1].id", "already used on line"),
        ("['344']", "['3451']", "", "clusters[1].membership", "overlaps with the rules of"),
        ("comparator: '>'}", "comparator: '>>'}", "'>>'", "comparator", "use one of: >, >=, <="),
        ("value: 12.5", "value: 0.0000000015", "0015", "value", "is not representable in whole"),
        ("value: 5}", "value: 0.0000000015}", "0015", "value", "is not representable in whole"),
        ("measure: 亿元", "measure: 亿圆", "亿圆", "measure", "is not a known unit"),
        ("kind: annual_flow", "kind: yearly", "kind: yearly", "kind", "use one of: annual_flow"),
        (", missing: redacted", "", "value: null", "missing", "say why there is no value"),
        ("value: null, ", "", "missing: redacted", "value", "write the figure, or null"),
        ("value: 12.5", "value: 12.5, missing: redacted", "12.5", "missing", "contradicts"),
        ("value: 5}", "vlaue: 5}", "vlaue", "vlaue", "did you mean value?"),
        ("base: {year: 2020", "base: {year: 2025", "value: 12.5", "year", "not after the base"),
        ("status: adopted", "status: maybe", "maybe", "plan.status", "use one of: adopted, draft"),
        ("city: town", "city: city", "city: city", "plan.city", "'city' is not a region"),
        ("comparator: '>'}", "comparator: growth_pa}", "growth_pa", "comparator", "fits only"),
    ],
)
def test_a_problem_names_its_line_and_field(
    tmp_path: Path, old: str, new: str, at: str, field: str, message: str
) -> None:
    assert old in _SMALL
    text = _SMALL.replace(old, new, 1)
    problem = _problems(tmp_path, text)[0]
    assert problem.file.endswith("broken.yaml")
    assert problem.field.endswith(field)
    assert message in f"{problem.message}; {problem.remedy}"
    if at:
        assert problem.line == _line_of(text, at)
    assert f"broken.yaml:{problem.line}: " in str(problem)


def test_all_problems_are_reported_at_once_in_the_files_order(tmp_path: Path) -> None:
    text = (
        _SMALL.replace("  issuer: 某市\n", "")
        .replace("parents: [machines]", "parents: [motors]", 1)
        .replace("value: 12.5", "value: much")
        .replace("unit: east-pumps", "unit: west-pumps")
    )
    problems = _problems(tmp_path, text)
    assert [problem.field for problem in problems] == [
        "plan.issuer",
        "clusters[0].parents[0]",
        "indicators[0].targets[0].value",
        "indicators[1].unit",
    ]
    lines = [problem.line for problem in problems]
    assert lines == sorted(lines)


def test_a_circle_of_parents_is_reported(tmp_path: Path) -> None:
    text = _SMALL.replace("    parents: [machines]", "    parents: [east-bearings]", 1)
    assert "is its own ancestor" in _problems(tmp_path, text)[0].message


def test_a_field_given_twice_is_reported_where_it_stands_again(tmp_path: Path) -> None:
    text = _SMALL.replace("  title: 小规划\n", "  title: 小规划\n  title: 大规划\n")
    problem = _problems(tmp_path, text)[0]
    assert problem.line == _line_of(text, "大规划")
    assert problem.message == "is given twice"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("plan: [", "is not YAML"),
        ("", "is not a mapping"),
        ("- 1\n", "is not a mapping"),
        ("plan: &a {id: *a}\n", "is nested too deep"),
        ("plan: {target_year: .nan}\n", "is not a plain number"),
    ],
)
def test_what_is_no_plan_at_all_is_refused_too(tmp_path: Path, text: str, message: str) -> None:
    assert any(message in problem.message for problem in _problems(tmp_path, text))


def test_a_file_that_is_not_there_is_a_problem_too(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="cannot be read"):
        load_catalogue([tmp_path / "nowhere.yaml"])


def test_problems_of_several_files_come_together(tmp_path: Path) -> None:
    paths = [tmp_path / "one.yaml", tmp_path / "two.yaml"]
    for path in paths:
        path.write_text(_SMALL.replace("  issuer: 某市\n", ""), encoding="utf-8")
    with pytest.raises(PlanError) as caught:
        load_catalogue(paths)
    assert [Path(problem.file).name for problem in caught.value.problems] == [
        "one.yaml",
        "two.yaml",
    ]


def test_the_same_plan_twice_needs_dates(tmp_path: Path) -> None:
    paths = [tmp_path / "one.yaml", tmp_path / "two.yaml"]
    for path in paths:
        path.write_text(_SMALL, encoding="utf-8")
    with pytest.raises(PlanError, match="twice with the same effective_from"):
        load_catalogue(paths)


def test_one_unit_id_cannot_mean_two_places(tmp_path: Path) -> None:
    other = _SMALL.replace("id: small", "id: other").replace("['345']", "['346']")
    paths = [tmp_path / "one.yaml", tmp_path / "two.yaml"]
    paths[0].write_text(_SMALL, encoding="utf-8")
    paths[1].write_text(other, encoding="utf-8")
    with pytest.raises(PlanError, match="'east-bearings' has other members"):
        load_catalogue(paths)
