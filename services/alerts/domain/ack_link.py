"""Signed links in messages: whoever has one may acknowledge that one alert, and nothing else."""

import base64
import binascii
import hashlib
import hmac
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_LASTS = timedelta(days=40)
"""Longer than a reporting period: the alert is told anew after that."""
_FORM = struct.Struct(">QIH")
"""Fingerprint, episode, last day since 1970: 14 bytes."""
_MAC_BYTES = 13
"""104 bits; with the 14 before them 27 bytes, which are 36 characters without padding."""
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Acknowledgeable:
    """What a link is for: one episode of one alert."""

    fingerprint: str
    episode: int


@dataclass(frozen=True, slots=True)
class AckLinks:
    """Makes and reads the codes of links; `secret` is 32 random bytes that all replicas share."""

    secret: bytes

    def code(self, wanted: Acknowledgeable, now: datetime) -> str:
        """36 characters for a URL's path."""
        day = int((now + _LASTS).timestamp()) // _DAY
        body = _FORM.pack(int(wanted.fingerprint, 16), wanted.episode, day)
        return base64.urlsafe_b64encode(body + self._mac(body)).decode()

    def read(self, code: str, now: datetime) -> Acknowledgeable | None:
        """What a code is for; null for one that is not ours or is over."""
        try:
            raw = base64.b64decode(code, altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        body, mac = raw[: _FORM.size], raw[_FORM.size :]
        if len(body) != _FORM.size or not hmac.compare_digest(mac, self._mac(body)):
            return None
        number, episode, day = _FORM.unpack(body)
        if now >= datetime.fromtimestamp((day + 1) * _DAY, UTC):
            return None
        return Acknowledgeable(f"{number:016x}", episode)

    def _mac(self, body: bytes) -> bytes:
        return hmac.new(self.secret, b"acknowledge" + body, hashlib.sha256).digest()[:_MAC_BYTES]
