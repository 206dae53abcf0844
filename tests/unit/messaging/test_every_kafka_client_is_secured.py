"""A client that is made without the security settings would not reach a secured cluster."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[3]
_CLIENTS = {
    "AIOKafkaProducer",
    "AIOKafkaConsumer",
    "KafkaAdminClient",
    "KafkaConsumer",
    "KafkaProducer",
    "AIOKafkaAdminClient",
}


def _calls() -> Iterator[tuple[Path, ast.Call, str]]:
    for part in ("shared", "services", "clusterwatch", "demo"):
        for file in sorted((_ROOT / part).rglob("*.py")):
            if "testing" in file.parts:
                continue
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                    yield file.relative_to(_ROOT), node, node.func.id


def test_every_client_of_the_product_takes_its_arguments_from_the_cluster() -> None:
    made = 0
    for file, call, name in _calls():
        if name in _CLIENTS:
            made += 1
            spread = [ast.unparse(k.value) for k in call.keywords if k.arg is None]
            assert any("client_arguments()" in text for text in spread), f"{file}:{call.lineno}"
        elif name == "KafkaBroker":
            made += 1
            given = {k.arg: ast.unparse(k.value) for k in call.keywords}
            assert given.get("security", "").endswith(".security()"), f"{file}:{call.lineno}"
    if made == 0:
        pytest.fail("no client was found: the test looks in the wrong place")
