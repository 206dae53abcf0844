"""Keeps keys, tokens and signing secrets of targets out of what people read."""

from urllib.parse import parse_qsl, unquote, urlsplit

_SHORTEST = 4
"""Shorter words stand in too many texts to be blotted out."""


def blotted(text: str, target: str) -> str:
    """The text without anything that only the target's owner should know."""
    for secret in sorted(_secrets(target), key=len, reverse=True):
        text = text.replace(secret, "…")
    return text


def _secrets(target: str) -> set[str]:
    parts = urlsplit(target)
    words = {target, parts.query, parts.fragment, parts.password or ""}
    words |= {value for _, value in parse_qsl(parts.query)}
    words |= set(parts.path.split("/")[-1:])
    words |= {unquote(word) for word in words}
    return {word for word in words if len(word) >= _SHORTEST}
