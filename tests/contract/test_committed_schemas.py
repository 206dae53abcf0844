import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

from shared.events.compatibility import breaking_changes
from shared.events.decoding import decode
from shared.events.examples import EXAMPLES
from shared.events.inputs import INPUT_TOPICS, OUTPUT_TOPIC
from shared.events.records import Record
from shared.events.schemas import DIRECTORY, check, documents, main, schema_file, write
from shared.events.topics import TOPICS

COMMITTED = {path.name: json.loads(path.read_text("utf-8")) for path in DIRECTORY.glob("*.json")}
OUTPUT_SCHEMA = COMMITTED[schema_file(OUTPUT_TOPIC)]


def fields_of(schema: dict[str, Any]) -> dict[str, Any]:
    properties: dict[str, Any] = schema["$defs"]["OutputEvent"]["properties"]
    return properties


def required_of(schema: dict[str, Any]) -> list[str]:
    required: list[str] = schema["$defs"]["OutputEvent"]["required"]
    return required


def test_the_committed_documents_are_what_the_code_says() -> None:
    assert check(DIRECTORY) == []
    assert set(COMMITTED) == set(documents())


@pytest.mark.parametrize("name", sorted(n for n in COMMITTED if n.endswith(".schema.json")))
def test_every_schema_is_valid_itself(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(COMMITTED[name])


@pytest.mark.parametrize("topic", sorted(EXAMPLES))
def test_every_example_validates(topic: str) -> None:
    jsonschema.Draft202012Validator(COMMITTED[schema_file(topic)]).validate(EXAMPLES[topic])


@pytest.mark.parametrize("topic", sorted(EXAMPLES))
def test_every_example_is_read_into_its_struct_and_written_back(topic: str) -> None:
    struct = TOPICS[topic].value
    assert struct is not None

    value = msgspec.json.decode(msgspec.json.encode(EXAMPLES[topic]), type=struct)

    written = msgspec.json.decode(msgspec.json.encode(value))
    jsonschema.Draft202012Validator(COMMITTED[schema_file(topic)]).validate(written)


@pytest.mark.parametrize("topic", sorted(INPUT_TOPICS))
def test_a_required_field_that_is_missing_fails_the_schema_and_the_decoder(topic: str) -> None:
    struct = INPUT_TOPICS[topic].__name__
    validator = jsonschema.Draft202012Validator(COMMITTED[schema_file(topic)])

    for field in COMMITTED[schema_file(topic)]["$defs"][struct]["required"]:
        event = {name: value for name, value in EXAMPLES[topic].items() if name != field}
        record = Record(topic, 0, 0, 0, None, msgspec.json.encode(event))

        assert not validator.is_valid(event)
        with pytest.raises(Exception, match=f"missing_field.*`{field}`"):
            decode(record)


def test_unknown_fields_are_allowed_by_every_schema() -> None:
    for topic, example in EXAMPLES.items():
        validator = jsonschema.Draft202012Validator(COMMITTED[schema_file(topic)])
        assert validator.is_valid({**example, "field_of_tomorrow": 1})


def test_numbers_with_more_than_six_decimals_fail_the_schema_as_text() -> None:
    validator = jsonschema.Draft202012Validator(OUTPUT_SCHEMA)

    assert validator.is_valid({**EXAMPLES[OUTPUT_TOPIC], "ytd": "80110.123456"})
    assert not validator.is_valid({**EXAMPLES[OUTPUT_TOPIC], "ytd": "80110.1234567"})


def test_the_asyncapi_document_names_every_topic_with_its_schema_and_services() -> None:
    document = COMMITTED["asyncapi.json"]

    assert document["asyncapi"] == "3.0.0"
    assert set(document["channels"]) == set(TOPICS)
    for topic in TOPICS:
        payload = document["components"]["messages"][topic]["payload"]
        assert payload["schema"]["$ref"] == f"./{schema_file(topic)}"
    services = {operation["tags"][0]["name"] for operation in document["operations"].values()}
    assert services == {"ingest", "metrics", "alerts"}
    for operation in document["operations"].values():
        assert operation["channel"]["$ref"].removeprefix("#/channels/") in TOPICS


def doctored(change: str) -> dict[str, Any]:
    """Today's schema of the output topic with one change to it."""
    schema: dict[str, Any] = copy.deepcopy(OUTPUT_SCHEMA)
    fields = fields_of(schema)
    match change:
        case "removed":
            del fields["month"]
        case "renamed":
            fields["month_value"] = fields.pop("month")
        case "retyped":
            fields["period"] = {"type": "integer"}
        case "retyped inside":
            fields["month"]["anyOf"][1]["type"] = "boolean"
        case "newly required":
            required_of(schema).append("month")
        case "added as required":
            fields["form"] = {"type": "string"}
            required_of(schema).append("form")
        case "no longer required":
            required_of(schema).remove("unit")
        case "shortened":
            fields["event_id"]["maxLength"] = 64
        case "closed":
            schema["$defs"]["OutputEvent"]["additionalProperties"] = False
    return schema


@pytest.mark.parametrize(
    "change",
    [
        "removed",
        "renamed",
        "retyped",
        "retyped inside",
        "newly required",
        "added as required",
        "no longer required",
        "shortened",
        "closed",
    ],
)
def test_a_breaking_change_is_found(change: str) -> None:
    assert breaking_changes(OUTPUT_SCHEMA, doctored(change)) != []


def test_adding_an_optional_field_or_rewording_is_free() -> None:
    new = copy.deepcopy(OUTPUT_SCHEMA)
    fields_of(new)["form"] = {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None}
    fields_of(new)["period"]["description"] = "Said better."
    new["$defs"]["Renamed"] = new["$defs"].pop("OutputEvent")
    new["$ref"] = "#/$defs/Renamed"

    assert breaking_changes(OUTPUT_SCHEMA, new) == []
    assert breaking_changes(new, OUTPUT_SCHEMA) == ["$: field form is gone"]


def test_a_new_word_in_an_enumeration_is_a_new_version() -> None:
    old = COMMITTED["cluster.status.v1.schema.json"]
    new = copy.deepcopy(old)
    new["$defs"]["Verdict"]["enum"].append("unknown")

    assert breaking_changes(old, new) != []


def test_writing_refuses_to_break_a_committed_contract(tmp_path: Path) -> None:
    assert write(tmp_path) == []
    path = tmp_path / schema_file(OUTPUT_TOPIC)
    older = copy.deepcopy(OUTPUT_SCHEMA)
    fields_of(older)["form"] = {"type": "string"}
    path.write_text(json.dumps(older), "utf-8")

    assert write(tmp_path) == [f"{path.name}: $: field form is gone"]
    assert json.loads(path.read_text("utf-8")) == older


def test_the_command_checks_a_directory(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(tmp_path)]) == 1
    assert main(["write", str(tmp_path)]) == 0
    assert main(["check", str(tmp_path)]) == 0
    assert main(["burn"]) == 2
    assert "not what the code says" in capsys.readouterr().err
