"""Where funds come from: provinces by the first two digits of GB/T 2260, or abroad."""

from shared.events.reasons import Reason, Refused

FOREIGN = "foreign"

PROVINCES = frozenset(
    str(number)
    for first, last in (
        (11, 15),
        (21, 23),
        (31, 37),
        (41, 46),
        (50, 54),
        (61, 65),
        (71, 71),
        (81, 82),
    )
    for number in range(first, last + 1)
)
"""Provinces, autonomous regions, municipalities, Taiwan, Hong Kong and Macao."""

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
