"""Where funds come from: provinces by the first two digits of GB/T 2260, or abroad."""

from shared.events.provinces import FOREIGN, PROVINCES
from shared.events.reasons import Reason, Refused

_WHOLE_PROVINCE = "0000"


def investor_origin(text: str, field: str) -> str:
    """Two digits of a province (`31`, also written `310000`), or `foreign`.

    Raises `Refused` with `OUT_OF_RANGE`, naming `field`.
    """
    origin = text.removesuffix(_WHOLE_PROVINCE)
    if origin not in PROVINCES and origin != FOREIGN:
        raise Refused(
            Reason.OUT_OF_RANGE,
            field,
            f"{text!r} is no province of GB/T 2260: write two digits such as 31, or {FOREIGN}",
        )
    return origin
