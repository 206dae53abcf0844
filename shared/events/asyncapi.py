"""The AsyncAPI 3.0 document: channels, messages, keys, headers and who sends or receives."""

from collections.abc import Callable
from typing import Any, Final

from shared.events.dead_letter import DEAD_LETTERS_TOPIC, HEADER_NAMES, REASON
from shared.events.examples import EXAMPLES
from shared.events.inputs import INPUT_TOPICS
from shared.events.reasons import Reason
from shared.events.topics import TOPICS, TopicContract

Node = dict[str, Any]

SCHEMA_FORMAT: Final = "application/schema+json;version=draft-2020-12"
KAFKA_BINDING: Final = "0.5.0"

_INPUT_NOTE: Final = (
    "Plain JSON, or CloudEvents 1.0 in either mode of its Kafka binding: binary (ce_ headers, "
    "value = data) or structured (content-type application/cloudevents+json, value = envelope). "
    "With CloudEvents, event_id and source may be left to the attributes id and source. "
    "Unknown fields are ignored and counted; foreign headers are never looked at."
)
_CLOUDEVENTS_HEADERS: Final[Node] = {
    "type": "object",
    "properties": {
        "ce_id": {"type": "string", "description": "Stands in for event_id."},
        "ce_source": {"type": "string", "description": "Stands in for source."},
        "ce_type": {"type": "string"},
        "ce_time": {"type": "string", "format": "date-time"},
        "content-type": {"type": "string"},
    },
}
_DEAD_LETTER_HEADERS: Final[Node] = {
    "type": "object",
    "description": "Added behind the headers of the refused record.",
    "properties": {
        **{name: {"type": "string"} for name in HEADER_NAMES},
        REASON: {"type": "string", "enum": [reason.value for reason in Reason]},
    },
    "required": list(HEADER_NAMES),
}


def asyncapi_document(schema_file: Callable[[str], str]) -> Node:
    """The whole document; `schema_file` names the file of a topic's JSON Schema."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Clusterwatch topics",
            "version": "1.0.0",
            "description": "Adding an optional field is free; anything else is a new .vN.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {name: _channel(topic) for name, topic in TOPICS.items()},
        "operations": {
            name: operation
            for topic in TOPICS.values()
            for name, operation in _operations(topic).items()
        },
        "components": {
            "messages": {
                name: _message(topic, schema_file(name)) for name, topic in TOPICS.items()
            },
        },
    }


def _channel(topic: TopicContract) -> Node:
    return {
        "address": topic.name,
        "title": topic.name,
        "messages": {"value": {"$ref": f"#/components/messages/{topic.name}"}},
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "topicConfiguration": {
                    "cleanup.policy": ["compact" if topic.compacted else "delete"]
                },
                "bindingVersion": KAFKA_BINDING,
            }
        },
    }


def _message(topic: TopicContract, file: str) -> Node:
    message: Node = {
        "name": topic.name,
        "title": topic.name,
        "contentType": "application/json",
        "payload": {"schemaFormat": SCHEMA_FORMAT, "schema": {"$ref": f"./{file}"}},
        "bindings": {
            "kafka": {
                "key": {"type": "string", "description": f"Record key: {topic.key}"},
                "bindingVersion": KAFKA_BINDING,
            }
        },
    }
    if topic.name in INPUT_TOPICS:
        message |= {"description": _INPUT_NOTE, "headers": _CLOUDEVENTS_HEADERS}
    if topic.name == DEAD_LETTERS_TOPIC:
        message |= {"contentType": "application/octet-stream", "headers": _DEAD_LETTER_HEADERS}
    if topic.name in EXAMPLES:
        message["examples"] = [{"name": "example", "payload": EXAMPLES[topic.name]}]
    return message


def _operations(topic: TopicContract) -> dict[str, Node]:
    """What each service does with a topic; the document speaks for all three of them."""
    done = [("send", service) for service in topic.senders]
    done += [("receive", service) for service in topic.receivers]
    return {
        f"{service}.{action}.{topic.name}": {
            "action": action,
            "channel": {"$ref": f"#/channels/{topic.name}"},
            "tags": [{"name": service}],
            "messages": [{"$ref": f"#/channels/{topic.name}/messages/value"}],
        }
        for action, service in done
    }
