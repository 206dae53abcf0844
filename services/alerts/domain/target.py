"""Targets of channels: where their secrets are, and what of them may be shown."""

import hashlib
from collections.abc import Sequence
from urllib.parse import urldefrag, urlsplit

from services.alerts.domain.subscription import ChannelTarget


def with_secret(target: str, secret: str | None) -> str:
    """A robot's URL with its signing secret as fragment, which is never sent over the network."""
    return target if not secret else f"{urldefrag(target).url}#{secret}"


def masked_target(target: str) -> str:
    """Scheme, host and port of a URL, with a mark that tells targets of one host apart.

    The mark is 16 bits of a hash: enough for that, too little to find the rest out. Mail
    addresses are shown.
    """
    try:
        parts = urlsplit(target)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "…"
    if not host:
        return "…" if "/" in target else target
    mark = hashlib.sha256(target.encode()).hexdigest()[:4]
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}{f':{port}' if port else ''}/…{mark}"


def unmasked(
    wanted: Sequence[ChannelTarget], standing: Sequence[ChannelTarget]
) -> tuple[ChannelTarget, ...]:
    """Channels as they are asked for; a target that was read masked stays what it was."""
    known = {(one.type, masked_target(one.target)): one for one in standing}
    return tuple(known.get((one.type, one.target), one) for one in wanted)
