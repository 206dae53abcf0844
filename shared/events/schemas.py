"""JSON Schema (2020-12) of every topic's value, and one AsyncAPI 3.0 document over all of them.

``python -m shared.events.schemas write|check [dir]``: `write` refuses to replace a schema by a
breaking one (a contract that was never released is rewritten after deleting its file), `check` also
fails when the files are not what the code says. Point `check` at a checkout of an earlier version
to see what would break for those who were built against it.
"""

import ast
import inspect
import json
import sys
import textwrap
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from shared.events.asyncapi import asyncapi_document
from shared.events.compatibility import breaking_changes
from shared.events.dead_letter import DEAD_LETTERS_TOPIC
from shared.events.topics import TOPICS, TopicContract

Schema = dict[str, Any]

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
DIRECTORY: Final = Path(__file__).parents[2] / "docs" / "contracts"
ASYNCAPI_FILE: Final = "asyncapi.json"

_DECIMAL = {"type": "string", "format": "decimal"}
_NUMBER: Final[Schema] = {
    "anyOf": [
        {"type": "number"},
        {"type": "string", "pattern": r"^[+-]?[0-9]+(\.[0-9]{1,6})?$(?!\n)"},
    ],
    "description": "At most 6 decimals; read exactly.",
}


def schema_file(topic: str) -> str:
    """File name of a topic's schema."""
    return f"{topic}.schema.json"


def topic_schema(topic: TopicContract) -> Schema:
    """JSON Schema of the value of one topic; unknown fields are allowed everywhere."""
    head = {"$schema": DIALECT, "$id": f"urn:clusterwatch:{topic.name}", "title": topic.name}
    if topic.value is None:
        return {**head, "description": f"{DEAD_LETTERS_TOPIC}: the refused value, whatever it is."}
    return {**head, **struct_schema(topic.value)}


def struct_schema(struct: type[msgspec.Struct]) -> Schema:
    """JSON Schema of a struct, with the docstrings of its fields as descriptions."""
    schema = msgspec.json.schema(struct)
    definitions = schema["$defs"]
    for name, described in _structs(struct).items():
        for field, text in _field_docstrings(described).items():
            definitions[name]["properties"][field]["description"] = text
    described_schema: Schema = _mapped(schema, _wire_form)
    return described_schema


def _wire_form(node: Schema) -> Schema:
    """What producers may send, where msgspec's own description is narrower."""
    if node.get("type") == "string" and node.get("format") == "decimal":
        return {**_NUMBER, **{k: v for k, v in node.items() if k not in _DECIMAL}}
    if _NUMBER in node.get("anyOf", ()):  # whole numbers are among them
        choices = [choice for choice in node["anyOf"] if choice != {"type": "integer"}]
        rest = {key: value for key, value in node.items() if key != "anyOf"}
        return {**(_NUMBER if choices == [_NUMBER] else {"anyOf": choices}), **rest}
    return {key: value for key, value in node.items() if key != "additionalProperties" or value}


def _mapped(node: Any, change: Callable[[Schema], Schema]) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(node, dict):
        return change({key: _mapped(value, change) for key, value in node.items()})
    if isinstance(node, list | tuple):
        return [_mapped(value, change) for value in node]
    return node


def _structs(struct: type[msgspec.Struct]) -> dict[str, type[msgspec.Struct]]:
    """The struct and all that it contains, by name."""
    found: dict[str, type[msgspec.Struct]] = {}
    waiting: list[Any] = [struct]
    while waiting:
        hint = waiting.pop()
        if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
            found[hint.__name__] = hint
            waiting += [field.type for field in msgspec.structs.fields(hint)]
        else:
            waiting += [part for part in getattr(hint, "__args__", ()) if part is not ...]
    return found


def _field_docstrings(struct: type[msgspec.Struct]) -> dict[str, str]:
    """Strings written under the fields of a class, which Python itself throws away."""
    (definition,) = ast.parse(textwrap.dedent(inspect.getsource(struct))).body
    statements = definition.body if isinstance(definition, ast.ClassDef) else []
    found: dict[str, str] = {}
    for field, text in pairwise(statements):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(text, ast.Expr)
            and isinstance(text.value, ast.Constant)
            and isinstance(text.value.value, str)
        ):
            found[field.target.id] = inspect.cleandoc(text.value.value)
    return found


def documents() -> dict[str, Schema]:
    """All documents by file name."""
    schemas = {schema_file(name): topic_schema(topic) for name, topic in TOPICS.items()}
    return {**schemas, ASYNCAPI_FILE: asyncapi_document(schema_file)}


def rendered(document: Schema) -> str:
    """Text of a document as it is committed."""
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def check(directory: Path) -> list[str]:
    """Problems of the committed documents: breaking changes first, then what is out of date."""
    stale = [
        f"{name}: not what the code says; run `python -m shared.events.schemas write`"
        for name, document in documents().items()
        if _text(directory / name) != rendered(document)
    ]
    return broken(directory) + stale


def broken(directory: Path) -> list[str]:
    """Breaking changes of the code against the schemas in a directory."""
    problems: list[str] = []
    now = documents()
    for path in sorted(directory.glob("*.schema.json")):
        if path.name not in now:
            problems.append(f"{path.name}: the topic is gone")
            continue
        old = json.loads(path.read_text(encoding="utf-8"))
        problems += [f"{path.name}: {text}" for text in breaking_changes(old, now[path.name])]
    return problems


def write(directory: Path) -> list[str]:
    """Write all documents unless that would break a contract; returns what would break."""
    problems = broken(directory)
    if not problems:
        directory.mkdir(parents=True, exist_ok=True)
        for name, document in documents().items():
            (directory / name).write_text(rendered(document), encoding="utf-8")
    return problems


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


def main(arguments: list[str]) -> int:
    """Command line; 0 when fine, 1 with problems listed, 2 when misused."""
    match arguments:
        case [("write" | "check") as command]:
            directory = DIRECTORY
        case [("write" | "check") as command, text]:
            directory = Path(text)
        case _:
            sys.stderr.write("usage: python -m shared.events.schemas write|check [dir]\n")
            return 2
    problems = _run(command, directory)
    for problem in problems:
        sys.stderr.write(f"{problem}\n")
    return 1 if problems else 0


def _run(command: Literal["write", "check"], directory: Path) -> list[str]:
    return write(directory) if command == "write" else check(directory)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
