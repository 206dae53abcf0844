"""How group robots want their requests signed."""

import base64
import hashlib
import hmac


def dingtalk_signature(milliseconds: int, secret: str) -> str:
    """Base64 of HMAC-SHA256 keyed with the secret; quote it for the URL."""
    signed = f"{milliseconds}\n{secret}".encode()
    return _base64(hmac.new(secret.encode(), signed, hashlib.sha256).digest())


def feishu_signature(seconds: int, secret: str) -> str:
    """Base64 of HMAC-SHA256 of nothing, keyed with time and secret."""
    key = f"{seconds}\n{secret}".encode()
    return _base64(hmac.new(key, b"", hashlib.sha256).digest())


def _base64(digest: bytes) -> str:
    return base64.b64encode(digest).decode("ascii")
