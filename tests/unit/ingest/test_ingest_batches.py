from collections.abc import Callable
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from services.ingest.domain.subjects import Subject, enterprise, project
from shared.events.dead_letter import DEAD_LETTERS_TOPIC, read_dead_letter
from shared.events.reasons import Reason
from shared.events.records import Record
from shared.testing.events import (
    investment,
    output,
    raw_record,
    record,
    records,
    registration,
)
from shared.testing.load import credit_code

FIRST = enterprise(credit_code(1))
REGISTER, OUTPUT, INVESTMENT = "stats.enterprise.v1", "stats.output.v1", "stats.investment.v1"
UNITS = {"bearings", "equipment", "lingbi", "city"}


def states(ingest: Any, topic: str = OUTPUT) -> dict[str, int]:
    counts = ingest.summary()["topics"][topic]
    return {state: number for state, number in counts.items() if number}


def ytd_by_unit(ingest: Any, indicator: str = "gross_output") -> dict[str, int]:
    facts = ingest.live_facts().values()
    return {fact.unit: fact.ytd for fact in facts if fact.indicator == indicator}


def test_a_report_of_a_registered_enterprise_is_applied_to_all_its_units(
    ingest: Any, token: Callable[[Subject], str]
) -> None:
    ingest.take(records([registration(), output()]))

    assert states(ingest) == {"consumed": 1, "applied": 1}
    assert ytd_by_unit(ingest) == dict.fromkeys(UNITS, 80_110_000)
    assert {fact.subject for fact in ingest.live_facts().values()} == {token(FIRST)}


def test_the_order_within_a_batch_does_not_matter(ingest: Any) -> None:
    ingest.take(records([output(), registration()]))

    assert states(ingest) == {"consumed": 1, "applied": 1}
    assert ytd_by_unit(ingest) == dict.fromkeys(UNITS, 80_110_000)


def test_a_report_of_an_unknown_enterprise_waits_for_the_register(ingest: Any) -> None:
    ingest.take(records([output(), output(1, indicator="revenue")]))
    assert states(ingest) == {"consumed": 2, "parked": 2}
    assert ingest.facts() == []

    ingest.take(records([registration()]))
    assert states(ingest) == {"consumed": 2, "applied": 2}
    assert ytd_by_unit(ingest) == dict.fromkeys(UNITS, 80_110_000)


def test_a_parked_report_that_is_superseded_was_stale(ingest: Any) -> None:
    ingest.take(records([output()]))
    ingest.take(records([output(1, revision=2, ytd=1), output()]))
    assert states(ingest) == {"consumed": 3, "parked": 1, "stale": 2}

    ingest.take(records([registration()]))
    assert states(ingest) == {"consumed": 3, "applied": 1, "stale": 2}
    assert ytd_by_unit(ingest) == dict.fromkeys(UNITS, 1000)


def test_a_register_event_releases_only_its_own_enterprise(ingest: Any) -> None:
    ingest.take(records([output(1), output(2)]))
    ingest.take(records([registration(2)]))

    assert states(ingest) == {"consumed": 2, "applied": 1, "parked": 1}


def test_the_newest_revision_stands_and_is_counted_once(ingest: Any) -> None:
    ingest.take(records([registration(), output(1, revision=3, ytd=3)]))
    ingest.take(records([output(1, revision=2, ytd=2), output(1, revision=3, ytd=3)]))
    ingest.take(records([output(1, revision=4, ytd=4)]))

    assert states(ingest) == {"consumed": 4, "applied": 2, "stale": 1, "duplicate": 1}
    assert ytd_by_unit(ingest) == dict.fromkeys(UNITS, 4000)


def test_a_newer_revision_and_a_change_of_the_register_may_share_a_batch(ingest: Any) -> None:
    newer, moved = output(1, revision=2, ytd=2), registration(1, action="change", name="renamed")
    ingest.take(records([registration(), output(1, ytd=1)]))
    ingest.take(records([newer, moved]))

    assert states(ingest) == {"consumed": 2, "applied": 2}
    assert ytd_by_unit(ingest) == dict.fromkeys(UNITS, 2000)
    (stored,) = ingest.lines({FIRST}).values()
    assert stored.line.version.revision == 2


def test_equal_revisions_with_other_content_are_counted_as_a_conflict(ingest: Any) -> None:
    later = "2026-06-09T16:20:01+08:00"
    ingest.take(records([registration(), output(1, ytd=1), output(1, ytd=2, reported_at=later)]))
    ingest.take(records([output(1, ytd=1)]))

    assert ingest.warnings() == {OUTPUT: {"revision_conflict": 2}}
    assert ytd_by_unit(ingest) == dict.fromkeys(UNITS, 2000)


def test_a_duplicate_that_was_reported_later_raises_the_rank_and_sends_nothing(
    ingest: Any,
) -> None:
    later, between = "2026-06-09T16:20:02+08:00", "2026-06-09T16:20:01+08:00"
    ingest.take(records([registration(), output()]))
    sent = len(ingest.facts())
    ingest.take(records([output(1, reported_at=later)]))
    ingest.take(records([output(1, ytd=7, reported_at=between)]))

    assert states(ingest) == {"consumed": 3, "applied": 1, "duplicate": 1, "stale": 1}
    assert len(ingest.facts()) == sent


def test_moving_to_another_county_retracts_what_was_sent_there(ingest: Any) -> None:
    ingest.take(records([registration(), output()]))
    moved = registration(1, action="reattribution", region="341302", industry="1411")
    ingest.take(records([moved]))

    assert ytd_by_unit(ingest) == dict.fromkeys({"food", "yongqiao", "city"}, 80_110_000)
    gone = {fact.unit for fact in ingest.facts() if fact.deleted}
    assert gone == {"bearings", "equipment", "lingbi"}
    expected = {f.unit: f.expected for f in ingest.live_facts().values() if f.expected is not None}
    assert expected == dict.fromkeys({"food", "yongqiao", "city"}, ("gross_output",))


def test_projects_need_no_register(ingest: Any) -> None:
    ingest.take(records([investment()]))

    assert states(ingest, INVESTMENT) == {"consumed": 1, "applied": 1}
    assert ytd_by_unit(ingest, "investment") == dict.fromkeys(UNITS, 96_205_000)


def test_a_bad_record_is_kept_as_it_came_and_its_neighbours_are_applied(ingest: Any) -> None:
    headers = (("trace", None), ("trace", b"\xff"), ("content-type", b"text/plain"))
    bad = Record(OUTPUT, 3, 17, 1_780_993_203_000, b"\x00key", "宿州".encode("gbk"), headers)
    ingest.take([record(registration()), bad, record(output())])

    assert states(ingest) == {"consumed": 2, "applied": 1, "dead_lettered": 1}
    assert ytd_by_unit(ingest) == dict.fromkeys(UNITS, 80_110_000)
    (letter,) = ingest.outbox(DEAD_LETTERS_TOPIC)
    assert (letter.key, letter.value) == (bad.key, bad.value)
    assert tuple(letter.headers)[:3] == headers
    origin = read_dead_letter(tuple(letter.headers))
    assert origin is not None
    assert (origin.topic, origin.partition, origin.offset) == (OUTPUT, 3, 17)
    assert (origin.reason, origin.stage) == (Reason.NOT_UTF8, "ingest.validate")
    assert ingest.dead_letters() == {OUTPUT: {"not_utf8": 1}}


def test_a_batch_of_nothing_but_bad_records_is_stored(ingest: Any) -> None:
    ingest.take([raw_record(None), raw_record(b"{", REGISTER), raw_record(b"[]", INVESTMENT)])

    assert ingest.summary()["dead_lettered"] == ingest.summary()["consumed"] == 3
    reasons = [read_dead_letter(tuple(row.headers)) for row in ingest.outbox(DEAD_LETTERS_TOPIC)]
    assert [letter.reason for letter in reasons if letter] == [
        "null_value",
        "not_json",
        "wrong_type",
    ]


def test_a_second_source_for_the_same_lines_is_refused(ingest: Any) -> None:
    ingest.take(records([registration(), output()]))
    ingest.take(records([output(1, source="someone-else", revision=9, ytd=1)]))

    assert states(ingest) == {"consumed": 2, "applied": 1, "dead_lettered": 1}
    assert ytd_by_unit(ingest) == dict.fromkeys(UNITS, 80_110_000)
    assert ingest.dead_letters() == {OUTPUT: {"source_conflict": 1}}


def test_each_topic_of_an_enterprise_may_have_a_source_of_its_own(ingest: Any) -> None:
    ingest.take(records([registration(1, source="register"), output(1, source="reports")]))

    assert ingest.summary()["applied"] == 2


def test_a_refused_report_does_not_make_its_source_the_owner(ingest: Any) -> None:
    ingest.take(records([output(1, source="someone-else", period="2026-01"), output()]))

    assert states(ingest) == {"consumed": 2, "parked": 1, "dead_lettered": 1}


def test_unknown_fields_are_counted(ingest: Any) -> None:
    ingest.take(records([output(1, colour="red", taste="sweet"), output(2, colour="red")]))

    assert ingest.warnings() == {OUTPUT: {"unknown_fields": 3}}


def test_enterprises_and_projects_never_mix(ingest: Any) -> None:
    code = credit_code(1)
    ingest.take(records([registration(), output(), investment(1, project_id=code)]))

    assert len(ingest.lines({FIRST, project(code)})) == 2
    assert len({fact.subject for fact in ingest.live_facts().values()}) == 2


def test_neither_name_nor_code_leaves_ingest(ingest: Any) -> None:
    ingest.take(records([registration(), output(), investment()]))

    sent = b"".join(
        (row.key or b"") + (row.value or b"") for row in ingest.outbox("cluster.facts.v1")
    )
    for secret in (credit_code(1), "示例企业1", "示例项目1", "2603-341323-0001", "tjj-suzhou"):
        assert secret.encode() not in sent


def test_a_failed_batch_leaves_nothing_behind(ingest: Any) -> None:
    ingest.take(records([registration()]))
    before = (ingest.summary(), ingest.facts())
    foreign = Record("another.topic", 0, 0, 0, None, b"{}")

    try:
        ingest.take([record(output()), foreign])
    except KeyError:
        assert (ingest.summary(), ingest.facts()) == before
        assert ingest.lines({FIRST}) == {}
    else:
        raise AssertionError("a foreign topic was taken")


def test_the_same_bytes_once_more_are_judged_by_their_own_time_at_the_broker(ingest: Any) -> None:
    first = record(output(), 1)
    day_before_report = int(datetime.fromisoformat(output()["reported_at"]).timestamp() - 86_400)
    just = [
        replace(first, offset=number, timestamp_ms=day_before_report * 1000 + skew)
        for number, skew in enumerate((0, 0, -1))
    ]

    ingest.take([record(registration()), *just])

    assert states(ingest) == {"consumed": 3, "applied": 1, "duplicate": 1, "dead_lettered": 1}
    assert ingest.dead_letters() == {OUTPUT: {"reported_in_future": 1}}
