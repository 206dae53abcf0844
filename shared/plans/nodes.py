"""Reads YAML through its node graph: every field keeps its line, every number is exact."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from shared.plans.problems import PlanError, Problem, Problems

Value: TypeAlias = "bool | int | Decimal | str | list[Value] | dict[str, Value] | None"

_LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C parser where it is built
_MAX_DEPTH = 40  # deeper than any plan; an anchor inside itself would never end
_MOST_FIELDS = 200_000  # a hundred times the largest plan; aliases of aliases multiply
_TRUE = frozenset({"true", "yes", "on"})


def _integer(text: str) -> int:
    return int(text.replace("_", ""))


_SCALARS: dict[str, Callable[[str], Value]] = {
    "tag:yaml.org,2002:null": lambda _: None,
    "tag:yaml.org,2002:bool": lambda text: text.lower() in _TRUE,
    "tag:yaml.org,2002:int": _integer,
    "tag:yaml.org,2002:float": lambda text: Decimal(text.replace("_", "")),
}


def read_yaml(path: Path) -> tuple[Value, Problems]:
    """The file's content as plain values, and a collector that knows each field's line.

    Raises `PlanError` when the file cannot be read or is not YAML.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        problem = Problem(str(path), 1, "", f"cannot be read: {error}", "give a UTF-8 YAML file")
        raise PlanError([problem]) from error
    return parse_yaml(text, str(path))


def parse_yaml(text: str, file: str) -> tuple[Value, Problems]:
    """Like `read_yaml`, for text that is already in memory; `file` names it in problems."""
    try:
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark is not None else 1
        what = getattr(error, "problem", None) or str(error)
        raise PlanError(
            [Problem(file, line, "", f"is not YAML: {what}", "mend the syntax")]
        ) from error
    lines: dict[str, int] = {"": 1}
    problems = Problems(file, lines)
    value = None if root is None else _value(root, "", 0, lines, problems)
    return value, problems


def _value(
    node: yaml.Node, path: str, depth: int, lines: dict[str, int], problems: Problems
) -> Value:
    lines[path] = node.start_mark.line + 1
    if len(lines) > _MOST_FIELDS:
        message = f"has more than {_MOST_FIELDS} fields"
        problem = Problem(
            problems.file, lines[path], path, message, "write out what aliases repeat"
        )
        raise PlanError([problem])
    if depth > _MAX_DEPTH:
        problems.add(path, "is nested too deep", "remove anchors that contain themselves")
        return None
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, depth, lines, problems)
    if isinstance(node, yaml.SequenceNode):
        return [
            _value(item, f"{path}[{index}]", depth + 1, lines, problems)
            for index, item in enumerate(node.value)
        ]
    return _scalar(node, path, problems)


def _mapping(
    node: yaml.MappingNode, path: str, depth: int, lines: dict[str, int], problems: Problems
) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for key_node, value_node in node.value:
        key = str(key_node.value)
        field = f"{path}.{key}" if path else key
        if key in found:
            lines[field] = key_node.start_mark.line + 1
            problems.add(field, "is given twice", "keep one of the two")
            continue
        found[key] = _value(value_node, field, depth + 1, lines, problems)
        lines[field] = key_node.start_mark.line + 1  # where a reader looks for the field
    return found


def _scalar(node: yaml.Node, path: str, problems: Problems) -> Value:
    text = str(node.value)
    convert = _SCALARS.get(node.tag)
    if convert is None:
        return text
    try:
        value = convert(text)
    except (ValueError, ArithmeticError):
        problems.add(
            path, f"{text!r} is not a plain number", "write it in decimal, or quote a text"
        )
        return None
    if isinstance(value, Decimal) and not value.is_finite():
        problems.add(path, f"{text!r} is not a finite number", "write a number, or null")
        return None
    return value
