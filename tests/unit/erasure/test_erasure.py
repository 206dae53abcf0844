"""Names and contact data go on request; figures and the audit log stay."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from clusterwatch.erasure import (
    ContactErasure,
    EnterpriseErasure,
    NothingToErase,
    erase_contact,
    erase_enterprise,
)
from clusterwatch.rebuild.stores import wipe
from services.alerts.adapters.tables import SubscriptionRow
from services.ingest.adapters.tables import ErasedRow, RegistrationRow
from services.ingest.domain.erasures import ERASED_NAME, Reach
from services.ingest.domain.subjects import Subject, SubjectKind
from services.ingest.testing import TOKENS, Ingest
from shared.storage import reading, writing
from shared.storage.audit import add_audit_line, audit_lines
from shared.storage.audit_chain import verify
from shared.storage.tables import table_of
from shared.testing.events import output, records, registration
from shared.testing.load import credit_code
from shared.testing.stores import migrated_store

NOW = datetime(2026, 7, 1, tzinfo=UTC)
_registrations, _subscriptions = table_of(RegistrationRow), table_of(SubscriptionRow)
_erased = table_of(ErasedRow)


def wanted(contact: str) -> ContactErasure:
    return ContactErasure(contact, "erased-1", "left", "tester", NOW)


def enterprise(reach: Reach = Reach.NAME, number: int = 1) -> EnterpriseErasure:
    return EnterpriseErasure(credit_code(number), reach, "request 7", "tester", NOW)


def names(ingest: Ingest) -> list[str]:
    with reading(ingest.engine) as connection:
        return sorted(connection.execute(select(_registrations.c.name)).scalars())


@pytest.fixture
def ingest(tmp_path: Path) -> Iterator[Ingest]:
    made = Ingest(tmp_path, limits=None)
    yield made
    made.engine.dispose()


def test_an_enterprise_loses_its_name_and_keeps_its_figures(ingest: Ingest) -> None:
    ingest.take(records([registration(1), registration(2), output(1, ytd=7)]))
    before = ingest.live_facts()

    done = erase_enterprise(ingest.engine, TOKENS, enterprise())

    with reading(ingest.engine) as connection:
        lines = audit_lines(connection, None, 10)
    assert done.rows == {"registration": 1}
    assert names(ingest) == sorted([ERASED_NAME, "示例企业2"])
    assert ingest.live_facts() == before
    assert [line.action for line in lines] == ["enterprise_erased"]
    assert "示例企业1" not in lines[0].detail
    assert credit_code(1) not in lines[0].detail


def test_an_erased_enterprise_reports_on_as_before(ingest: Ingest) -> None:
    ingest.take(records([registration(1), output(1, ytd=7)]))
    erase_enterprise(ingest.engine, TOKENS, enterprise())

    ingest.take(records([output(1, ytd=9, revision=2), registration(1)]))

    assert {fact.ytd for fact in ingest.live_facts().values() if fact.ytd} == {9000}
    assert ingest.summary()["duplicate"] == 1
    assert names(ingest) == [ERASED_NAME]


def test_an_erased_name_comes_back_with_neither_a_new_event_nor_a_rebuild(ingest: Ingest) -> None:
    sent = records([registration(1), registration(2), output(1, ytd=7)])
    ingest.take(sent)
    erase_enterprise(ingest.engine, TOKENS, enterprise())
    before = ingest.live_facts()

    ingest.take(records([registration(1, revision=2)]))
    assert names(ingest) == sorted([ERASED_NAME, "示例企业2"])
    wipe(ingest.engine, "ingest")
    assert names(ingest) == []
    ingest.take(sent)

    assert names(ingest) == sorted([ERASED_NAME, "示例企业2"])
    assert ingest.live_facts() == before
    assert (ingest.summary()["applied"], ingest.summary()["erased"]) == (3, 0)


def test_erased_records_are_dropped_and_counted_and_a_rebuild_does_not_bring_them_back(
    ingest: Ingest,
) -> None:
    sent = records([registration(1), registration(2), output(1, ytd=7), output(2, ytd=5)])
    ingest.take(sent)
    erase_enterprise(ingest.engine, TOKENS, enterprise(Reach.RECORDS))

    ingest.take(records([output(1, ytd=9, revision=2)]))
    assert ingest.summary()["erased"] == 1
    wipe(ingest.engine, "ingest")
    ingest.take(sent)

    counts = ingest.summary()
    assert (counts["consumed"], counts["applied"], counts["erased"]) == (4, 2, 2)
    assert names(ingest) == ["示例企业2"]
    assert {fact.ytd for fact in ingest.live_facts().values() if fact.ytd} == {5000}
    with reading(ingest.engine) as connection:
        kept = list(connection.execute(select(_erased.c.token)).scalars())
    assert kept == [TOKENS.token(Subject(SubjectKind.ENTERPRISE, credit_code(1)))]


def test_what_reached_further_is_not_taken_back_by_a_smaller_wish(ingest: Ingest) -> None:
    ingest.take(records([registration(1)]))
    erase_enterprise(ingest.engine, TOKENS, enterprise(Reach.RECORDS))
    wipe(ingest.engine, "ingest")

    erase_enterprise(ingest.engine, TOKENS, enterprise(Reach.NAME))
    ingest.take(records([registration(1)]))

    assert names(ingest) == []


def test_an_unknown_enterprise_is_said_to_be_unknown(ingest: Ingest) -> None:
    with pytest.raises(NothingToErase, match="no enterprise"):
        erase_enterprise(ingest.engine, TOKENS, enterprise())


def test_a_contact_is_replaced_in_texts_and_in_json_and_its_subscription_ends(
    tmp_path: Path,
) -> None:
    with migrated_store("alerts", tmp_path) as engine:
        rows = [
            {"id": name, "owner": name, "created_ms": 1, "updated_ms": 1,
             "payload": f'{{"owner":"{name}","channels":[{{"target":"{mail}"}}]}}'.encode()}
            for name, mail in (("王工", "wang@example.org"), ("李工", "li@example.org"))
        ]  # fmt: skip
        with writing(engine) as connection:
            connection.execute(insert(_subscriptions), rows)
            add_audit_line(connection, "李工", "made", "told wang@example.org", NOW)

        changed = erase_contact(engine, "alerts", wanted("wang@example.org"))

        with reading(engine) as connection:
            found = {
                row.owner: (row.payload, row.deleted_ms)
                for row in connection.execute(select(_subscriptions))
            }
            told, line = audit_lines(connection, None, 10)
        whole = verify(engine)
    assert changed == {"audit": 1, "subscription": 1}
    assert b"wang@" not in found["王工"][0]
    assert found["王工"][1] is not None
    assert found["李工"] == (rows[1]["payload"], None)
    assert (line.actor, line.detail) == ("李工", "told erased-1")
    assert (told.action, told.detail.split()[:2]) == ("contact_erased", ["erased-1:", "left"])
    assert (whole.entries, whole.why) == (2, "")


@pytest.mark.parametrize("text", ["", "ab", 'a"bc', "a\\bc"])
def test_a_text_that_would_hit_others_is_refused(tmp_path: Path, text: str) -> None:
    with (
        migrated_store("alerts", tmp_path) as engine,
        pytest.raises(NothingToErase, match="whole name"),
    ):
        erase_contact(engine, "alerts", wanted(text))
