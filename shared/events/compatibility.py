"""Whether a schema may replace another under the same topic name.

One rule: optional fields may be added, and texts may be reworded. Whatever else differs needs a
new `.vN`, also what only some consumers would notice, such as a new word in an enumeration.
"""

from typing import Any, Final

_ANNOTATIONS: Final = frozenset(
    {"$schema", "$id", "$defs", "title", "description", "examples", "deprecated"}
)
_OBJECT: Final = frozenset({"properties", "required"})
_REFERENCE: Final = "#/$defs/"

Schema = dict[str, Any]


def breaking_changes(old: Schema, new: Schema) -> list[str]:
    """What would break for systems built against `old`; empty when `new` may replace it.

    Both are JSON Schemas as `shared.events.schemas` writes them (local references only).
    """
    return _compare(_resolved(old, old), _resolved(new, new), "$")


def _resolved(node: Any, root: Schema) -> Any:  # noqa: ANN401 - any JSON
    """Local references replaced by what they point to, so that renaming a definition is free."""
    if isinstance(node, list):
        return [_resolved(item, root) for item in node]
    if not isinstance(node, dict):
        return node
    resolved = {key: _resolved(value, root) for key, value in node.items() if key != "$defs"}
    reference = resolved.pop("$ref", None)
    if reference is None:
        return resolved
    target = root["$defs"][reference.removeprefix(_REFERENCE)]
    return {**_resolved(target, root), **resolved}


def _compare(old: Any, new: Any, path: str) -> list[str]:  # noqa: ANN401 - any JSON
    if isinstance(old, dict) and isinstance(new, dict):
        return _compare_schemas(old, new, path)
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        pairs = enumerate(zip(old, new, strict=True))
        return [text for index, (a, b) in pairs for text in _compare(a, b, f"{path}[{index}]")]
    return [] if old == new else [f"{path}: was {old!r}, is {new!r}"]


def _compare_schemas(old: Schema, new: Schema, path: str) -> list[str]:
    problems = _compare_fields(old, new, path)
    for keyword in sorted((old.keys() | new.keys()) - _ANNOTATIONS - _OBJECT):
        if keyword not in new:
            problems.append(f"{path}: {keyword} is gone")
        elif keyword not in old:
            problems.append(f"{path}: {keyword} is new")
        else:
            problems += _compare(old[keyword], new[keyword], f"{path}.{keyword}")
    return problems


def _compare_fields(old: Schema, new: Schema, path: str) -> list[str]:
    before, after = old.get("properties", {}), new.get("properties", {})
    was_required, is_required = set(old.get("required", ())), set(new.get("required", ()))
    problems = [f"{path}: field {name} is gone" for name in before if name not in after]
    problems += [
        f"{path}: field {name} is newly required" for name in sorted(is_required - was_required)
    ]
    problems += [
        f"{path}: field {name} is no longer required"
        for name in sorted((was_required - is_required) & after.keys())
    ]
    for name in before.keys() & after.keys():
        problems += _compare(before[name], after[name], f"{path}.{name}")
    return problems
