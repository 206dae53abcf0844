"""The simulated past: reproducible, plausible, and as dirty as real feeds are."""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import get_args

import pytest
from stdnum.cn import uscc as credit_code

from demo.history import (
    DEFAULT_SEED,
    World,
    build_world,
    held_report,
    history,
    last_due,
    outstanding,
    silent_enterprise,
    unclosed_report,
)
from demo.messages import (
    ENTERPRISE,
    FUNDS,
    INDICATOR,
    INVESTMENT,
    OUTPUT,
    PROJECT,
    Message,
    Note,
)
from demo.oracle import HomeRules, Place, PlanRules, Totals, totals
from demo.population import build_population, cluster_of
from demo.profiles import BASE_YEAR, PROFILES, SILENT_CLUSTER, UNCLOSED_CLUSTER
from demo.reports import reporting_periods
from shared.confidentiality import ConfidentialityLimits, is_confidential
from shared.events.decoding import decode
from shared.events.inputs import ProjectStage
from shared.events.period import Month
from shared.events.reasons import Refused
from shared.events.records import Record
from shared.plans import load_catalogue

ROOT = Path(__file__).parents[3]
TODAY = date(2026, 11, 21)
OCTOBER = Month(2026, 10)
SEPTEMBER = Month(2026, 9)


@pytest.fixture(scope="module")
def sums(world: World, sent: list[Message]) -> dict[tuple[str, str, Month], Totals]:
    return totals(sent, HomeRules(world.enterprises))


def fingerprint(messages: Iterable[Message]) -> str:
    return hashlib.sha256(
        repr([(m.at, m.topic, m.key, m.value, m.headers) for m in messages]).encode()
    ).hexdigest()


def ytd_of(sums: dict[tuple[str, str, Month], Totals], cluster: str, period: Month) -> int:
    indicator = "revenue" if cluster == "szah-htz-it" else "gross_output"
    ytd = sums[cluster, indicator, period].ytd
    assert ytd is not None
    return ytd


def test_some_six_hundred_enterprises_have_distinct_valid_codes(world: World) -> None:
    assert 550 <= len(world.enterprises) <= 750
    assert all(credit_code.is_valid(e.uscc) for e in world.enterprises)
    assert len({e.uscc for e in world.enterprises}) == len(world.enterprises)


def test_every_enterprise_and_source_says_that_it_is_simulated(sent: list[Message]) -> None:
    clean = [json.loads(m.value or b"") for m in sent if m.topic == ENTERPRISE and not m.refusal]
    assert all("模拟" in json.dumps(body, ensure_ascii=False) for body in clean)
    for message in sent:
        if message.refusal is None:
            assert b'"sim-' in (message.value or b"") or ("ce_source", b"sim-tjj-suzhou") in (
                message.headers
            )


def test_the_history_is_as_long_as_the_readmes_say(sent: list[Message]) -> None:
    words = [(ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh-CN.md")]
    assert "Some 44,000 records since February 2023" in words[0]
    assert "2023年2月以来的约4.4万条" in words[1]
    assert 43_000 < len(sent) < 45_000
    periods = [json.loads(m.value or b"{}") for m in sent if m.topic == OUTPUT and not m.refusal]
    assert min(body.get("period", "9") for body in periods if isinstance(body, dict)) == "2023-02"


def test_equal_seed_and_day_give_a_byte_identical_stream(sent: list[Message]) -> None:
    again = history(build_world(DEFAULT_SEED, TODAY))
    assert fingerprint(sent) == fingerprint(again)


def test_another_seed_gives_other_enterprises(world: World) -> None:
    other = build_population(DEFAULT_SEED + 1, OCTOBER)
    assert {e.uscc for e in other}.isdisjoint(e.uscc for e in world.enterprises)


def test_figures_do_not_depend_on_the_day_they_are_looked_at(
    world: World, sums: dict[tuple[str, str, Month], Totals]
) -> None:
    earlier = build_world(DEFAULT_SEED, date(2026, 3, 15))
    before = totals(history(earlier), HomeRules(earlier.enterprises))
    december = Month(2025, 12)
    for profile in PROFILES:
        if profile.cluster == SILENT_CLUSTER:  # who is silent does depend on the day
            continue
        assert ytd_of(before, profile.cluster, december) == ytd_of(sums, profile.cluster, december)


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (date(2026, 11, 21), Month(2026, 10)),
        (date(2027, 1, 2), Month(2026, 12)),
        (date(2027, 2, 28), Month(2026, 12)),
        (date(2027, 3, 1), Month(2027, 2)),
    ],
)
def test_the_last_due_period_is_never_a_january(today: date, expected: Month) -> None:
    assert last_due(today) == expected


def test_a_year_has_eleven_periods() -> None:
    periods = reporting_periods(OCTOBER)
    assert [p.month for p in periods if p.year == 2024] == [*range(2, 13)]
    assert periods[0] == Month(2023, 2)
    assert periods[-1] == OCTOBER


def test_nothing_is_sent_after_today_and_all_is_in_order(world: World, sent: list[Message]) -> None:
    times = [m.at for m in sent]
    assert times == sorted(times)
    assert times[-1] <= world.now


@pytest.mark.parametrize("today", [date(2027, 2, 3), date(2025, 3, 1)])
def test_only_the_last_due_period_has_gaps(today: date) -> None:
    world = build_world(DEFAULT_SEED, today)
    silent = silent_enterprise(world)
    seen: dict[Month, set[str]] = defaultdict(set)
    for message in history(world):
        if message.topic == OUTPUT and message.refusal is None and message.key is not None:
            period = decode(record(message)).event.period  # type: ignore[union-attr]
            seen[Month.parse_reporting(period)].add(message.key.decode())
    unclosed, december = unclosed_report(world)
    for period in reporting_periods(world.last)[:-1]:
        expected = {e.uscc for e in world.enterprises if e.reports_in(period)}
        excused = {silent.uscc} | ({unclosed.uscc} if period == december else set())
        assert expected - seen[period] - excused == set()
    missing = {e.uscc for members in outstanding(world).values() for e in members}
    assert missing
    assert not missing & seen[world.last]


def record(message: Message) -> Record:
    broker_ms = int(message.at.timestamp() * 1000)
    return Record(message.topic, 0, 0, broker_ms, message.key, message.value, message.headers)


def test_every_record_that_is_not_malformed_has_the_right_shape(sent: list[Message]) -> None:
    for message in sent:
        if message.refusal is None:
            assert decode(record(message)).unknown_fields == 0


def test_records_of_the_wrong_shape_are_refused_for_the_reason_they_carry(
    sent: list[Message],
) -> None:
    by_shape = {"not_json", "not_utf8", "null_value", "bad_header", "missing_field", "wrong_type"}
    found = set()
    for message in sent:
        if message.refusal in by_shape:
            with pytest.raises(Refused) as refusal:
                decode(record(message))
            assert refusal.value.reason == message.refusal
            found.add(message.refusal)
    assert found == by_shape


@pytest.mark.parametrize("note", list(Note))
def test_every_kind_of_dirt_is_present(note: Note, sent: list[Message]) -> None:
    if note is Note.BEFORE_REGISTER:
        registered = {m.key: m.at for m in reversed(sent) if m.topic == ENTERPRISE}
        early = {
            m.key
            for m in sent
            if m.topic == OUTPUT and m.key in registered and m.at < registered[m.key]
        }
        assert len(early) >= 5
    else:
        assert any(m.note is note for m in sent)


def test_reports_arrive_mostly_by_the_deadline_and_some_late(sent: list[Message]) -> None:
    notes = Counter(m.note for m in sent)
    assert 0.01 < notes[Note.LATE] / len(sent) < 0.06


def test_both_bindings_of_cloudevents_occur(sent: list[Message]) -> None:
    names = Counter(name for m in sent for name, _ in m.headers)
    structured = sum(b"cloudevents+json" in (v or b"") for m in sent for _, v in m.headers)
    assert names["ce_id"] > 100
    assert structured > 100


def test_bearings_in_lingbi_start_from_two_and_a_half_billion_yuan(
    sums: dict[tuple[str, str, Month], Totals],
) -> None:
    assert 2.40e9 < ytd_of(sums, "szah-lb-bearings", Month(2024, 12)) < 2.58e9


def test_cluster_totals_follow_their_profiles(
    sums: dict[tuple[str, str, Month], Totals],
) -> None:
    for profile in PROFILES:
        for year in (2024, 2025):
            if (profile.cluster, year) == (UNCLOSED_CLUSTER, BASE_YEAR):
                continue
            ratio = ytd_of(sums, profile.cluster, Month(year, 12)) / profile.total(year) / 1e6
            assert 0.94 < ratio < 1.06, (profile.cluster, year)


def test_january_and_february_carry_eleven_to_sixteen_per_cent(
    sums: dict[tuple[str, str, Month], Totals],
) -> None:
    for profile in PROFILES:
        start = ytd_of(sums, profile.cluster, Month(2025, 2))
        assert 0.10 < start / ytd_of(sums, profile.cluster, Month(2025, 12)) < 0.17


def test_the_city_is_the_sum_of_its_counties_and_parks(
    sums: dict[tuple[str, str, Month], Totals],
) -> None:
    places = ("341302", "341321", "341322", "341323", "341324", "341371", "341372")
    total = sum(sums[place, "gross_output", SEPTEMBER].ytd or 0 for place in places)
    assert sums["341300", "gross_output", SEPTEMBER].ytd == total


def test_shared_enterprises_count_once_over_their_clusters(world: World) -> None:
    shared = [e for e in world.enterprises if e.memberships]
    assert len(shared) == 6
    for enterprise in shared:
        assert sum(m.weight for m in enterprise.memberships) == 10_000
        assert enterprise.memberships[0].cluster == cluster_of(enterprise)


def test_entrants_and_leavers_exist(sent: list[Message]) -> None:
    actions = Counter(
        json.loads(m.value or b"{}").get("action") for m in sent if m.topic == ENTERPRISE
    )
    assert actions["exit"] >= 10
    assert actions["change"] >= 10
    assert sum(b'"effective":"2025-01"' in (m.value or b"") for m in sent) >= 5


def test_a_plant_founded_this_year_has_no_last_year(world: World) -> None:
    founded = [e for e in world.enterprises if e.founded and e.founded.year == 2025]
    assert founded
    for enterprise in founded:
        assert world.figures.ytd(enterprise, Month(2024, 12)) == 0
        assert world.figures.ytd(enterprise, Month(2025, 12)) > 0


def test_the_month_misses_the_year_to_date_in_some_reports(
    sent: list[Message],
) -> None:
    lines = {}
    for message in sent:
        if message.topic == OUTPUT and message.refusal is None:
            body = json.loads(message.value or b"{}")
            if body.get("unit") == "千元" and body.get("period", "").startswith("2025-"):
                lines[body["uscc"], body["period"]] = body
    missed = sum(
        1
        for (code, period), body in lines.items()
        if period != "2025-02"
        and (before := lines.get((code, f"2025-{int(period[5:7]) - 1:02d}"))) is not None
        and before["ytd"] + body["month"] != body["ytd"]
    )
    assert 0.2 < missed / len(lines) < 0.5


def test_every_cluster_has_projects_in_every_stage_of_their_life(
    world: World, sent: list[Message]
) -> None:
    bodies = [json.loads(m.value or b"{}") for m in sent if m.topic == INVESTMENT]
    assert {body["unit"] for body in bodies} == {"万元"}
    assert {body["stage"] for body in bodies} >= {"signed", "started", "building", "completed"}
    assert any(body["since_start"] > body["planned_total"] for body in bodies)
    now = [body for body in bodies if body["period"] == str(world.last)]
    by_cluster = Counter(body["cluster"] for body in now)
    assert len(by_cluster) == len(PROFILES)
    assert min(by_cluster.values()) >= 8
    for cluster in by_cluster:
        spent = [body["ytd"] for body in now if body["cluster"] == cluster]
        assert not is_confidential(spent, ConfidentialityLimits()), cluster


def test_investment_grows_at_a_sane_rate(world: World, sent: list[Message]) -> None:
    sums: dict[str, list[int]] = {}
    for message in sent:
        if message.topic == INVESTMENT:
            body = json.loads(message.value or b"{}")
            both = sums.setdefault(body["period"], [0, 0])
            both[0] += body["ytd"]
            both[1] += body["ytd_last_year"]
    growth = [now / before - 1 for period, (now, before) in sums.items() if period >= "2024-06"]
    assert -0.3 < min(growth) < max(growth) < 0.5


def test_some_projects_are_stalled(world: World) -> None:
    """Signed and not started for a quarter of a year, or past the day they were due."""
    reported = [p for p in world.projects if p.reported_in(world.last)]
    quarter_before = Month(world.last.year, world.last.month - 3)
    assert any(p.started is None and p.signed < quarter_before for p in reported)
    late = [p for p in reported if p.stalls_after and p.due is not None and p.due <= world.last]
    assert late


def test_stages_and_origins_of_every_kind_occur(sent: list[Message]) -> None:
    bodies = {
        topic: [json.loads(m.value or b"{}") for m in sent if m.topic == topic and not m.refusal]
        for topic in (FUNDS, PROJECT, INDICATOR)
    }
    assert {body["origin"] for body in bodies[FUNDS]} >= {"31", "32", "33", "foreign"}
    assert {body["stage"] for body in bodies[PROJECT]} == set(get_args(ProjectStage))
    assert {len(body["period"]) for body in bodies[INDICATOR]} == {4, 7}


def test_the_plans_rules_put_every_enterprise_into_the_cluster_it_was_made_for(
    world: World,
) -> None:
    rules = PlanRules(load_catalogue().plan("suzhou-2027"))
    for enterprise in world.enterprises:
        profile = enterprise.profile
        place = Place(enterprise.uscc, profile.region, profile.park, enterprise.industry, None)
        assert rules.cluster(place, world.last) == (profile.cluster or None)
        assert profile.cluster == "" or rules.parents(profile.cluster)


def test_one_report_of_the_last_period_is_a_thousand_times_too_large_and_stays_so(
    world: World, sent: list[Message]
) -> None:
    wrong = held_report(world)
    (slip,) = (
        m
        for m in sent
        if m.topic == OUTPUT
        and (m.key or b"").decode() == wrong.uscc
        and f":{world.last}:gross_output" in (m.value or b"").decode() + str(m.headers)
    )
    assert slip.note is Note.UNIT_SLIP
    assert wrong.name.startswith("模拟")
