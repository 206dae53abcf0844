"""RFC 9457 problem documents."""

from http import HTTPStatus

from fastapi.responses import JSONResponse


def problem_response(status: int, detail: object, **extra: object) -> JSONResponse:
    """An error as a problem document; `extra` are further members."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": int(status)}
    return JSONResponse(
        {**body, "detail": detail, **extra}, status, media_type="application/problem+json"
    )
