"""From a record of `ingest.notices.v1` to a notice, or to the reason why it is refused."""

from datetime import datetime

import msgspec

from services.alerts.use_cases.decode_status import read_json
from shared.events.notices import Notice
from shared.events.reasons import Reason, Refused
from shared.events.records import Record

_DECODER = msgspec.json.Decoder(Notice)


def decode_notice(record: Record) -> Notice:
    """Read a notice. Raises `Refused`."""
    notice = read_json(_DECODER, record)
    try:
        moment = datetime.fromisoformat(notice.at)
    except ValueError as error:
        raise Refused(Reason.WRONG_TYPE, "at", f"{notice.at!r} is no time") from error
    if moment.tzinfo is None:
        raise Refused(Reason.WRONG_TYPE, "at", f"{notice.at!r} has no time zone")
    return notice
