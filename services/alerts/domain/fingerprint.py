"""Identity of alerts: the fingerprint of their labels."""

from collections.abc import Mapping
from functools import lru_cache

_OFFSET_BASIS = 14_695_981_039_346_656_037
"""FNV-1a 64 bits offset basis, as Prometheus' client libraries use it."""
_PRIME = 1_099_511_628_211
_MASK = 0xFFFF_FFFF_FFFF_FFFF
_SEPARATOR = b"\xff"
"""Never part of UTF-8, so it cannot occur in a label."""


def fingerprint(labels: Mapping[str, str]) -> str:
    """FNV-1a 64 over the labels sorted by name, as 16 hexadecimal digits.

    Equal to Alertmanager's fingerprint of the same labels.
    """
    return _digest(tuple(sorted(labels.items())))


@lru_cache(maxsize=32_768)
def _digest(pairs: tuple[tuple[str, str], ...]) -> str:
    """Remembered, because it is a loop over bytes and every look at an alert asks for it."""
    digest = _OFFSET_BASIS
    for pair in pairs:
        for part in (text.encode() for text in pair):
            for byte in part + _SEPARATOR:
                digest = ((digest ^ byte) * _PRIME) & _MASK
    return f"{digest:016x}"
