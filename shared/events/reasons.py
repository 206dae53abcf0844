"""Why an event is refused: the words that dead letters carry."""

from enum import StrEnum


class Reason(StrEnum):
    """Reason words of `ingest.dead-letters.v1`; other systems are built against them."""

    NOT_JSON = "not_json"
    NOT_UTF8 = "not_utf8"
    NULL_VALUE = "null_value"
    BAD_HEADER = "bad_header"
    TOO_LARGE = "too_large"
    MISSING_FIELD = "missing_field"
    WRONG_TYPE = "wrong_type"
    UNKNOWN_UNIT = "unknown_unit"
    UNKNOWN_INDICATOR = "unknown_indicator"
    BAD_PERIOD = "bad_period"
    JANUARY_NOT_COLLECTED = "january_not_collected"
    BAD_CODE = "bad_code"
    UNKNOWN_REGION = "unknown_region"
    NOT_REPRESENTABLE = "not_representable"
    OUT_OF_RANGE = "out_of_range"
    REPORTED_IN_FUTURE = "reported_in_future"
    SOURCE_CONFLICT = "source_conflict"
    WEIGHTS_ABOVE_ONE = "weights_above_one"


class Refused(Exception):  # noqa: N818 - a refusal is a normal outcome, not a fault
    """An event that can never be applied: dead-letter it and go on."""

    def __init__(self, reason: Reason, field: str | None, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.field = field
        self.detail = detail
