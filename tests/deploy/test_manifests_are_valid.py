import json
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import pytest

from clusterwatch import manifests
from shared.testing.manifests import OVERLAYS, Object, built

pytestmark = pytest.mark.kubectl

SCHEMAS = Path(__file__).parents[1] / "data" / "k8s" / "crds"
KUBERNETES = ("1.31", "1.34")


def closed(schema: Any) -> Any:
    """The schema as an API server reads it: fields that are not named would be dropped."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: closed(value) for name, value in schema.items()}
    if isinstance(made.get("pattern"), str):  # Go allows flags anywhere
        made["pattern"] = made["pattern"].replace("^(?i)", "(?i)^")
    is_object = isinstance(made.get("properties"), dict) and made.get("type") == "object"
    if is_object and not made.get("x-kubernetes-preserve-unknown-fields"):
        made.setdefault("additionalProperties", False)
    return made


def custom_schema(item: Object) -> Any:
    version = item["apiVersion"].rpartition("/")[2]
    stored = json.loads((SCHEMAS / f"{item['kind'].lower()}-{version}.json").read_text())
    assert stored["apiVersion"] == item["apiVersion"]
    schema = closed(stored["schema"])
    schema["properties"]["metadata"] = {"type": "object"}
    return schema


def is_custom(item: Object) -> bool:
    group = item["apiVersion"].partition("/")[0]
    return "." in group and not group.endswith(".k8s.io")


@pytest.mark.parametrize("overlay", OVERLAYS)
@pytest.mark.parametrize("version", KUBERNETES)
def test_every_object_of_kubernetes_is_valid(overlay: str, version: str) -> None:
    items = [item for item in built(overlay) if not is_custom(item)]
    assert items
    for item in items:
        kubernetes_validate.validate(item, version, strict=True)


def test_every_object_of_an_operator_is_valid() -> None:
    items = [item for item in built("prod") if is_custom(item)]
    assert {"Kafka", "KafkaUser", "ScaledObject", "PrometheusRule"} <= {i["kind"] for i in items}
    for item in items:
        jsonschema.validate(item, custom_schema(item))


def filled_in(schema: Any, value: Any, *, in_list: bool = False) -> list[str]:
    """Fields in items of lists that the API server would add, as the schema has a default."""
    if isinstance(value, list):
        items = [filled_in(schema.get("items", {}), one, in_list=True) for one in value]
        return [name for found in items for name in found]
    if not isinstance(value, dict):
        return []
    fields = schema.get("properties", {})
    added = [name for name, field in fields.items() if "default" in field and name not in value]
    within = [
        name
        for key, one in value.items()
        for name in filled_in(fields.get(key, {}), one, in_list=in_list)
    ]
    return [*(added if in_list else []), *within]


def test_nothing_is_filled_into_a_list_so_that_applying_again_finds_no_difference() -> None:
    # A list of a custom resource is compared as a whole, and sent again when a field was added.
    schema = custom_schema(next(i for i in built("prod") if i["kind"] == "ServiceMonitor"))
    relabeling = {"spec": {"endpoints": [{"metricRelabelings": [{"targetLabel": "pod"}]}]}}
    assert filled_in(schema, relabeling) == ["action"]
    for item in (item for item in built("prod") if is_custom(item)):
        assert filled_in(custom_schema(item), item) == [], item["metadata"]["name"]


@pytest.mark.parametrize(
    ("kind", "path", "value"),
    [
        ("Kafka", ("spec", "kafka", "versoin"), "4.2.1"),
        ("KafkaTopic", ("spec", "partitions"), "six"),
        ("ScaledObject", ("spec", "scaleTargetRef", "nam"), "ingest"),
        ("KafkaUser", ("spec", "authentication", "type"), "password"),
    ],
)
def test_a_slip_in_an_object_of_an_operator_is_found(
    kind: str, path: tuple[str, ...], value: str
) -> None:
    item = json.loads(json.dumps(next(i for i in built("prod") if i["kind"] == kind)))
    place = item
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(item, custom_schema(item))


def test_the_dev_overlay_needs_no_operator() -> None:
    assert not [item["kind"] for item in built("dev") if is_custom(item)]


@pytest.mark.parametrize("name", manifests.rendered())
def test_written_manifests_are_those_that_the_program_writes(name: str) -> None:
    assert (manifests.FOLDER / name).read_text(encoding="utf-8") == manifests.rendered()[name]
