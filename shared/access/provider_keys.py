"""Public keys of an OpenID Connect provider, fetched, cached, and fetched anew when they rotate."""

import ssl
import threading
import time
from collections.abc import Callable, Mapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import httpx
import jwt
import structlog

from shared.configuration import SettingsError

_SECONDS = 5.0
_LARGEST = 256 * 1024
_FRESH_SECONDS = 600.0
_RETRY_SECONDS = 20.0
"""An unknown key id asks the provider, but not more often: ids can be made up by anybody."""

_log = structlog.get_logger(__name__)


class ProviderKeys:
    """Keys by id. While the provider is away, those that were read last stay in force."""

    def __init__(
        self,
        issuer: str,
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
        *,
        verify: ssl.SSLContext | bool = True,
    ) -> None:
        """Raise `SettingsError` for an issuer whose answers others could change on the way."""
        if not _is_safe(issuer):
            raise SettingsError(f"CLUSTERWATCH_OIDC_ISSUER={issuer} must be https")
        self._issuer = issuer
        self._transport = transport
        self._verify = verify
        self._clock = clock
        self._lock = threading.Lock()
        self._keys: Mapping[str, jwt.PyJWK] | None = None
        self._read_at = self._tried_at = float("-inf")

    def key(self, key_id: str) -> jwt.PyJWK | None:
        """A key, or null; blocks. Raises `httpx.HTTPError` while none were ever read."""
        with self._lock:
            now = self._clock()
            is_old = now - self._read_at > _FRESH_SECONDS
            unknown = self._keys is None or key_id not in self._keys
            if (is_old or unknown) and now - self._tried_at >= _RETRY_SECONDS:
                self._tried_at = now
                self._read(now)
            if self._keys is None:
                raise httpx.TransportError("the provider's keys have not been read yet")
            return self._keys.get(key_id)

    def _read(self, now: float) -> None:
        try:
            self._keys = self._fetched()
            self._read_at = now
        except (httpx.HTTPError, ValueError, jwt.PyJWTError) as error:
            _log.warning("oidc_keys_not_read", issuer=self._issuer, error=repr(error))

    def _fetched(self) -> dict[str, jwt.PyJWK]:
        with httpx.Client(
            timeout=_SECONDS,
            transport=self._transport,
            trust_env=False,
            follow_redirects=False,
            verify=self._verify,
        ) as client:
            place = f"{self._issuer.rstrip('/')}/.well-known/openid-configuration"
            said = _document(client, place)
            if said.get("issuer") != self._issuer:
                raise ValueError("the provider names another issuer")
            address = str(said.get("jwks_uri", ""))
            if not _is_safe(address):
                raise ValueError("the address of the keys must be https")
            listed = _document(client, address).get("keys")
        return dict(_usable(listed if isinstance(listed, list) else []))


def _document(client: httpx.Client, address: str) -> dict[str, Any]:
    body = b""
    with client.stream("GET", address, headers={"Accept": "application/json"}) as answer:
        if answer.status_code != httpx.codes.OK:
            raise ValueError(f"HTTP {answer.status_code} from {address}")
        for piece in answer.iter_bytes():
            body += piece
            if len(body) > _LARGEST:
                raise ValueError(f"{address} is larger than {_LARGEST} bytes")
    found = httpx.Response(httpx.codes.OK, content=body).json()
    if not isinstance(found, dict):
        raise ValueError(f"{address} is no JSON object")  # noqa: TRY004 - data, no argument
    return found


def _usable(listed: list[Any]) -> list[tuple[str, jwt.PyJWK]]:
    """Public keys for signatures; others, and what cannot be read, are left out."""
    found = []
    for one in listed:
        if not isinstance(one, dict) or one.get("kty") == "oct":
            continue
        if one.get("use", "sig") != "sig" or not isinstance(one.get("kid"), str):
            continue
        try:
            found.append((one["kid"], jwt.PyJWK.from_dict(one)))
        except jwt.PyJWTError as error:
            _log.warning("oidc_key_not_usable", kid=one["kid"], why=type(error).__name__)
    return found


def _is_safe(address: str) -> bool:
    """Whether nobody on the way can answer instead: TLS, or this machine."""
    parts = urlsplit(address)
    if parts.scheme == "https":
        return bool(parts.hostname)
    try:
        return parts.scheme == "http" and ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return parts.scheme == "http" and parts.hostname == "localhost"
