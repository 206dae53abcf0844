"""Where uvicorn listens, and what it is told about TLS, proxies and floods."""

import socket
import ssl
from pathlib import Path
from typing import Any

from shared.configuration import SettingsError
from shared.http_settings import HttpSettings

_CONNECTIONS = 1000
"""Open at once; more get 503 before anything is done for them."""


def require_free(host: str, port: int, setting: str) -> None:
    """Raise `SettingsError` where nobody could listen: uvicorn finds it out after the start only.

    `setting` names the port.
    """
    try:
        for family, _, _, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            with socket.socket(family, socket.SOCK_STREAM) as probe:
                # As uvicorn does; without the first a port that was just left would be taken.
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                if family is socket.AF_INET6:
                    probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                probe.bind(address)
    except OSError as error:
        raise SettingsError(
            f"nobody can listen on {setting}={port} of CLUSTERWATCH_HOST={host}: {error.strerror}; "
            "end the program that does, or set another port or address"
        ) from None


def server_options(settings: HttpSettings) -> dict[str, Any]:
    """Arguments of uvicorn. Raises `SettingsError` for certificates that cannot be read."""
    proxies = [part.strip() for part in settings.http_trusted_proxies.split(",") if part.strip()]
    options: dict[str, Any] = {
        "proxy_headers": bool(proxies),
        "forwarded_allow_ips": proxies or [],
        "server_header": False,
        "limit_concurrency": _CONNECTIONS,
    }
    certificate, key = settings.http_certificate_file, settings.http_key_file
    if certificate is None or key is None:
        return options
    context = _tls(certificate, key)
    return {**options, "ssl_context_factory": lambda _config, _default: context}


def _tls(certificate: Path, key: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, key, password=lambda: "")
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise SettingsError(
            f"CLUSTERWATCH_HTTP_CERTIFICATE_FILE={certificate} and CLUSTERWATCH_HTTP_KEY_FILE="
            f"{key} are no pair that can be read: {why}"
        ) from None
    return context
