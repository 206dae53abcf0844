"""Erasing a person's name or address from issued papers.

A paper's figures stay as they were; the text goes, and with it the checksum. Later papers name the
checksums of those before them, so what they name is replaced as well.
"""

import hashlib
import zlib

from sqlalchemy import Connection, select, update

from services.alerts.adapters.tables import PaperRow
from shared.storage.tables import table_of

_papers = table_of(PaperRow)


def erase_from_papers(connection: Connection, contact: str, pseudonym: str) -> int:
    """Replace a text in snapshots and in who issued them; the number of papers that had it."""
    c = _papers.c
    replaced = {contact.encode(): pseudonym.encode()}
    changed = 0
    for number in connection.execute(select(c.id).order_by(c.id)).scalars().all():
        row = connection.execute(
            select(c.issued_by, c.sha256, c.snapshot).where(c.id == number)
        ).one()
        before = zlib.decompress(row.snapshot)
        text = before
        for old, new in replaced.items():
            text = text.replace(old, new)
        issued_by = row.issued_by.replace(contact, pseudonym)
        if text == before and issued_by == row.issued_by:
            continue
        checksum = hashlib.sha256(text).hexdigest()
        replaced[row.sha256.encode()] = checksum.encode()
        values = {
            "issued_by": issued_by,
            "sha256": checksum,
            "snapshot": zlib.compress(text, 9),
        }
        connection.execute(update(_papers).where(c.id == number).values(values))
        changed += 1
    return changed
