"""What the relay takes at a time is bounded in records and in bytes; on both databases."""

from sqlalchemy import Engine

from shared.storage import outbox, reading, writing
from shared.storage.outbox import OutboxRow


def sizes(engine: Engine, limit: int, most_bytes: int) -> list[int]:
    with reading(engine) as connection:
        taken = outbox.take(connection, limit, most_bytes)
    return [len(item.row.value or b"") for item in taken]


def test_a_piece_holds_no_more_bytes_than_allowed_and_always_makes_progress(
    engine: Engine,
) -> None:
    rows = [OutboxRow("t", b"k", b"x" * size) for size in (30, 40, 40, 900, 10)]
    rows.append(OutboxRow("t", b"k", None))
    with writing(engine) as connection:
        outbox.enqueue(connection, rows)

    seen = []
    while piece := sizes(engine, 10, 100):
        seen.append(piece)
        with writing(engine) as connection:
            outbox.remove(connection, outbox.take(connection, len(piece)))

    assert seen == [[30, 40], [40], [900], [10, 0]]


def test_a_piece_holds_no_more_records_than_allowed(engine: Engine) -> None:
    with writing(engine) as connection:
        outbox.enqueue(connection, [OutboxRow("t", b"k", b"x")] * 5)

    assert sizes(engine, 3, 100) == [1, 1, 1]
    assert sizes(engine, 0, 100) == []
