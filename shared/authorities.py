"""Whose certificates are believed when one service, or a command, asks another."""

import ssl
from pathlib import Path

import httpx


def believed(file: Path | None) -> ssl.SSLContext | bool:
    """`verify` of an httpx client: the public authorities, and those of the file beside them.

    Names and dates are checked as ever. Raises OSError for a file that holds no certificate.
    """
    if file is None:
        return True
    context = httpx.create_ssl_context(trust_env=False)
    context.load_verify_locations(file)
    return context
