"""What `/openapi.json` says beyond what FastAPI finds out: every error is a problem document."""

from collections.abc import Iterator
from typing import Any, Final

from fastapi import FastAPI

_METHODS = ("get", "put", "post", "delete", "patch")
_NAME = "Problem"
_PROBLEM: Final = {
    "title": _NAME,
    "description": "An error (RFC 9457); some carry more fields, such as `near` or `errors`.",
    "type": "object",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
    },
    "required": ["type", "title", "status", "detail"],
}
_ANSWER: Final = {
    "description": "Something was wrong; `detail` says what.",
    "content": {"application/problem+json": {"schema": {"$ref": f"#/components/schemas/{_NAME}"}}},
}


def document_problems(app: FastAPI) -> None:
    """Let the application's OpenAPI name the problem document as the answer to every error.

    FastAPI documents errors in a form of its own that no route here answers with. A route that
    answers with another body says so itself, by its `responses`.
    """
    describe = app.openapi

    def with_problems() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = describe()
            schemas = document.setdefault("components", {}).setdefault("schemas", {})
            schemas[_NAME] = _PROBLEM
            for operation in _operations(document):
                _correct(operation["responses"])
            for unused in ("HTTPValidationError", "ValidationError"):
                schemas.pop(unused, None)
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = with_problems  # type: ignore[method-assign] # the documented way to extend it


def _operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in document["paths"].values():
        for method in _METHODS:
            if method in path:
                yield path[method]


def _correct(responses: dict[str, Any]) -> None:
    content = responses.get("422", {}).get("content", {}).get("application/json", {})
    if content.get("schema", {}).get("$ref", "").endswith("/HTTPValidationError"):
        del responses["422"]
    responses.setdefault("default", _ANSWER)
