"""Identity of alerts: the fingerprint of their labels."""

from collections.abc import Mapping

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
    digest = _OFFSET_BASIS
    for name in sorted(labels):
        for part in (name.encode(), labels[name].encode()):
            for byte in part + _SEPARATOR:
                digest = ((digest ^ byte) * _PRIME) & _MASK
    return f"{digest:016x}"
