from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from services.ingest.adapters.store import SqlStore
from services.ingest.domain.holds import Limits, LineState
from services.ingest.domain.lines import Line
from services.ingest.domain.reading import Reader
from services.ingest.domain.subjects import Subject, enterprise
from services.ingest.testing import TOKENS
from services.ingest.use_cases import IngestBatch
from shared.events.notices import NOTICES_TOPIC, Notice, NoticeKind
from shared.storage import writing
from shared.testing.events import Body, decision, investment, output, record, records, registration
from shared.testing.load import credit_code
from shared.testing.plans import small_plan

OUTPUT = "stats.output.v1"
READER = Reader([small_plan()])
LIMITS = Limits(factor=4.0, unit_share=0.05)
TENTH = 100_000
"""Output of each of ten enterprises last year, in 千元."""


def report(number: int, period: str, ytd: int, **fields: object) -> Body:
    figures: Body = {"month": None, "month_last_year": None, "ytd_last_year": None}
    return output(number, period=period, ytd=ytd, event_id=f"{number}:{period}", **figures | fields)


def last_year(numbers: range = range(1, 11)) -> Iterator[Body]:
    """Ten equal bearings makers that reported last May and December."""
    for number in numbers:
        yield registration(number)
        yield report(number, "2025-05", TENTH * 5 // 12)
        yield report(number, "2025-12", TENTH)


SLIP = report(1, "2026-05", 45_000_000, ytd_last_year=TENTH * 5 // 12)
TRUTH = report(1, "2026-05", 45_000, ytd_last_year=TENTH * 5 // 12, revision=2)


def digest(body: Body) -> str:
    content = READER.read(record(body)).content
    assert isinstance(content, Line)
    return content.version.digest.hex()


def confirmed(body: Body, **fields: object) -> Body:
    return decision(body, digest(body), "confirmed", **fields)


def rejected(body: Body, **fields: object) -> Body:
    return decision(body, digest(body), "rejected", **fields)


def state(ingest: Any, body: Body) -> LineState:
    subject = enterprise(body["uscc"])
    for key, stored in ingest.lines({subject}).items():
        if (str(key.period), key.indicator) == (body["period"], body["indicator"]):
            return LineState(stored.state)
    raise AssertionError("no such line")


def ytd(ingest: Any, period: str = "2026-05", unit: str = "bearings") -> list[int]:
    facts = ingest.live_facts().values()
    return sorted(f.ytd for f in facts if (f.unit, f.period) == (unit, period))


def held(ingest: Any, topic: str = OUTPUT) -> int:
    return int(ingest.summary()["topics"][topic]["held"])


def notices(ingest: Any) -> list[Notice]:
    found = [msgspec.json.decode(r.value or b"", type=Notice) for r in ingest.outbox(NOTICES_TOPIC)]
    return [notice for notice in found if notice.kind is not NoticeKind.FEED_REPORTED]


def test_a_slip_is_kept_and_counted_and_says_nothing(ingest: Any) -> None:
    ingest.take(records(last_year()))
    ingest.take(records([SLIP]))

    assert (state(ingest, SLIP), held(ingest), ytd(ingest)) == (LineState.HELD, 1, [])


def test_a_held_revision_takes_back_what_the_earlier_one_said(ingest: Any) -> None:
    ingest.take(records([*last_year(), TRUTH]))
    assert ytd(ingest) == [45_000_000]

    ingest.take(records([{**SLIP, "revision": 3}]))

    assert (held(ingest), ytd(ingest)) == (1, [])


def test_a_corrected_report_is_released_and_the_slip_was_stale(ingest: Any) -> None:
    ingest.take(records([*last_year(), SLIP]))
    before = ingest.summary()["topics"][OUTPUT]
    ingest.take(records([TRUTH]))

    after = ingest.summary()["topics"][OUTPUT]
    assert (after["held"], after["stale"] - before["stale"]) == (0, 1)
    assert ytd(ingest) == [45_000_000]
    assert [n.reason for n in notices(ingest) if n.kind is NoticeKind.REPORT_RELEASED] == [
        "superseded"
    ] * 4


def test_a_confirmed_report_counts(ingest: Any) -> None:
    ingest.take(records([*last_year(), SLIP]))
    ingest.take(records([confirmed(SLIP)]))

    assert (state(ingest, SLIP), held(ingest)) == (LineState.APPLIED, 0)
    assert ytd(ingest) == [45_000_000_000]


def test_a_confirmation_may_come_before_the_line(ingest: Any) -> None:
    ingest.take(records([confirmed(SLIP)]))
    ingest.take(records([*last_year(), SLIP]))

    assert (state(ingest, SLIP), held(ingest)) == (LineState.APPLIED, 0)


def test_a_confirmation_holds_for_later_revisions_that_say_the_same(ingest: Any) -> None:
    ingest.take(records([*last_year(), SLIP, confirmed(SLIP), {**SLIP, "revision": 2}]))

    assert state(ingest, SLIP) is LineState.APPLIED


def test_a_confirmed_level_speaks_for_the_months_that_follow(ingest: Any) -> None:
    later = report(1, "2026-06", 55_000_000)
    ingest.take(records([*last_year(), later, SLIP]))
    assert held(ingest) == 2

    ingest.take(records([confirmed(SLIP)]))

    assert (held(ingest), state(ingest, later)) == (0, LineState.APPLIED)


def test_a_rejected_report_stays_out_until_another_revision_comes(ingest: Any) -> None:
    ingest.take(records([*last_year(), SLIP, rejected(SLIP)]))
    assert (state(ingest, SLIP), held(ingest), ytd(ingest)) == (LineState.REJECTED, 1, [])

    ingest.take(records([{**SLIP, "revision": 2}]))
    assert (state(ingest, SLIP), held(ingest)) == (LineState.HELD, 1)

    ingest.take(records([{**TRUTH, "revision": 3}]))
    assert (state(ingest, SLIP), held(ingest)) == (LineState.APPLIED, 0)


def test_the_last_decision_holds_whatever_came_first(ingest: Any) -> None:
    later = rejected(SLIP, decided_at="2026-06-11T08:00:00+08:00")
    ingest.take(records([*last_year(), SLIP, later, confirmed(SLIP)]))

    assert state(ingest, SLIP) is LineState.REJECTED


def test_a_decision_that_comes_twice_is_a_duplicate(ingest: Any) -> None:
    ingest.take(records([*last_year(), SLIP, confirmed(SLIP)]))
    ingest.take(records([confirmed(SLIP)]))

    counts = ingest.summary()["topics"]["ingest.decisions.v1"]
    assert (counts["consumed"], counts["applied"], counts["duplicate"]) == (2, 1, 1)


def test_an_odd_report_that_moves_no_unit_far_counts(ingest: Any) -> None:
    ingest.take(records(last_year()))
    ingest.take(records([registration(11), report(11, "2025-05", 10), report(11, "2025-12", 30)]))
    ingest.take(records([report(11, "2026-05", 200)]))

    assert held(ingest) == 0
    assert ytd(ingest) == [200_000]


def test_without_last_year_nothing_is_held(ingest: Any) -> None:
    ingest.take(records([registration(), SLIP, report(1, "2026-06", 1)]))

    assert held(ingest) == 0


def test_a_line_is_held_as_soon_as_last_year_comes(ingest: Any) -> None:
    ingest.take(records([registration(1), SLIP]))
    assert (held(ingest), len(ytd(ingest))) == (0, 1)

    ingest.take(records(last_year()))

    assert (held(ingest), ytd(ingest)) == (1, [])


def test_a_line_is_released_when_its_unit_turns_out_to_be_large(ingest: Any) -> None:
    odd = report(1, "2026-05", 500)  # last May 41,666: an eightieth
    ingest.take(records([*last_year(), odd]))
    assert held(ingest) == 1

    ingest.take(records([registration(12), report(12, "2025-12", 100 * TENTH)]))

    assert (held(ingest), state(ingest, odd)) == (0, LineState.APPLIED)
    assert {n.reason for n in notices(ingest) if n.kind is NoticeKind.REPORT_RELEASED} == {
        "plausible"
    }


def test_a_held_december_is_no_reference_and_no_part_of_the_total(ingest: Any) -> None:
    year_before = [report(1, "2024-12", TENTH), report(2, "2024-12", TENTH)]
    wild = report(1, "2025-12", 1000 * TENTH)
    others = [body for body in last_year() if body.get("uscc") != credit_code(1)]
    ingest.take(records([registration(1), *year_before, *others, wild]))
    assert state(ingest, wild) is LineState.HELD

    # Nothing of 2025 is known of the first enterprise; the others are weighed without its slip.
    ingest.take(records([report(1, "2026-05", 45_000), report(2, "2026-05", 450)]))

    assert (held(ingest), ytd(ingest)) == (2, [45_000_000])


def test_a_slip_of_last_years_figure_alone_is_held(ingest: Any) -> None:
    odd = report(1, "2026-05", 45_000, ytd_last_year=TENTH * 5000 // 12)
    ingest.take(records([*last_year(), odd]))

    assert held(ingest) == 1


def test_a_project_planned_in_another_unit_is_held(ingest: Any) -> None:
    before = investment(1, period="2025-12", ytd=2000)
    slip = investment(1, planned_total=520_000_000, since_start=183_000_000, ytd=96_205_000)
    ingest.take(records([before, slip]))

    assert held(ingest, "stats.investment.v1") == 1


def test_a_report_that_waits_for_the_register_is_judged_when_it_comes(ingest: Any) -> None:
    reports = [body for body in last_year() if "period" in body]
    ingest.take(records([*reports, SLIP]))
    assert (state(ingest, SLIP), held(ingest)) == (LineState.PARKED, 0)

    ingest.take(records(registration(number) for number in range(1, 11)))

    assert (state(ingest, SLIP), held(ingest)) == (LineState.HELD, 1)


def test_notices_name_tokens_units_and_shares_but_no_figures(
    ingest: Any, token: Callable[[Subject], str]
) -> None:
    ingest.take(records([*last_year(), SLIP]))
    ingest.take(records([confirmed(SLIP)]))

    told = notices(ingest)
    assert [(n.kind, n.unit) for n in told] == [
        (kind, unit)
        for kind in (NoticeKind.REPORT_HELD, NoticeKind.REPORT_CONFIRMED)
        for unit in ("bearings", "city", "equipment", "lingbi")
    ]
    assert {n.subject for n in told} == {token(enterprise(credit_code(1)))}
    assert {(n.suspected_factor, n.reason) for n in told[:4]} == {(1000, "unit_slip")}
    sent = b"".join(row.value or b"" for row in ingest.outbox(NOTICES_TOPIC))
    for secret in (credit_code(1), "示例企业1", "45000000", "李四"):
        assert secret.encode() not in sent


def test_each_source_is_told_once_a_period_and_only_of_newer_ones(ingest: Any) -> None:
    def told() -> list[tuple[str | None, str | None, str | None, str]]:
        rows = ingest.outbox(NOTICES_TOPIC)
        found = [msgspec.json.decode(row.value or b"", type=Notice) for row in rows]
        return [(n.source, n.topic, n.period, n.unit) for n in found]

    ingest.take(records([registration(1), registration(2), output(1), output(2)]))
    ingest.take(records([output(1, period="2026-04"), output(2, revision=2), investment()]))

    assert told() == [
        ("tjj-suzhou", OUTPUT, "2026-05", "city"),
        ("fgw-suzhou", "stats.investment.v1", "2026-05", "city"),
    ]


def test_turning_holding_off_releases_what_waits_but_not_what_was_rejected(ingest: Any) -> None:
    other = report(2, "2026-05", 45_000_000)
    ingest.take(records([*last_year(), SLIP, other, rejected(other)]))
    assert held(ingest) == 2

    subjects = {enterprise(credit_code(number)) for number in range(1, 11)}
    off = IngestBatch.following([small_plan()], TOKENS, ingest.clock, None)
    with writing(ingest.engine) as connection:
        off.reconsider(SqlStore(connection), subjects)

    assert (held(ingest), ytd(ingest)) == (1, [45_000_000_000])
    assert {n.reason for n in notices(ingest) if n.kind is NoticeKind.REPORT_RELEASED} == {"off"}

    on = IngestBatch.following([small_plan()], TOKENS, ingest.clock, LIMITS)
    with writing(ingest.engine) as connection:
        on.reconsider(SqlStore(connection), subjects)

    assert (held(ingest), ytd(ingest)) == (2, [])
