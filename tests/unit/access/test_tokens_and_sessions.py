"""Tokens are shown once, end, and can be revoked; sessions end with them."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Engine, text

from shared.access.readers import Reader, Role, Scope
from shared.access.store import SESSION_LASTS, AccessStore
from shared.access.tokens import csrf_of, new_token
from shared.storage import reading
from shared.testing.clock import FixedClock

MakeToken = Any
LIMITED = Scope(frozenset({"suzhou-2027"}), frozenset({"szah-lb-bearings"}))


def everything_stored(engine: Engine) -> str:
    with reading(engine) as connection:
        rows = [
            connection.execute(text(f"select * from {table}")).all()  # noqa: S608 - own names
            for table in ("access_token", "access_session", "audit")
        ]
    return repr(rows)


def test_a_token_gives_back_its_name_role_and_scope(store: AccessStore, clock: FixedClock) -> None:
    wanted = Reader("轴承专班", Role.TASK_FORCE, LIMITED, complete=True)
    _, secret = store.create(wanted, timedelta(days=1), clock.now(), "test")
    assert store.reader(secret, clock.now()) == wanted


def test_the_text_of_a_token_or_session_is_kept_nowhere(
    engine: Engine, store: AccessStore, clock: FixedClock, make_token: MakeToken
) -> None:
    secret = make_token(Role.VIEWER)
    session = store.sign_in(secret, clock.now())
    assert session is not None
    assert secret.removeprefix("cwt_") not in everything_stored(engine)
    assert session.removeprefix("cws_") not in everything_stored(engine)
    assert csrf_of(session) not in everything_stored(engine)


def test_tokens_hold_256_bits_and_are_never_the_same() -> None:
    made = {new_token() for _ in range(100)}
    assert len(made) == 100
    assert {len(one) for one in made} == {4 + 43}


def test_a_foreign_text_is_nobody(store: AccessStore, clock: FixedClock) -> None:
    assert store.reader(new_token(), clock.now()) is None
    assert store.sign_in(new_token(), clock.now()) is None


def test_a_token_ends_with_its_time_and_takes_its_sessions_along(
    store: AccessStore, clock: FixedClock, make_token: MakeToken
) -> None:
    secret = make_token(Role.VIEWER)
    clock.advance(timedelta(days=30) - timedelta(hours=1))
    session = store.sign_in(secret, clock.now())
    assert session is not None
    assert store.reader(session, clock.now()) is not None
    clock.advance(timedelta(hours=1))
    assert store.reader(secret, clock.now()) is None
    assert store.reader(session, clock.now()) is None
    assert store.sign_in(secret, clock.now()) is None


def test_revoking_a_token_ends_its_sessions_at_once(
    store: AccessStore, clock: FixedClock, make_token: MakeToken
) -> None:
    secret, other = make_token(Role.VIEWER), make_token(Role.FEED)
    session = store.sign_in(secret, clock.now())
    assert session is not None
    first = store.tokens()[0] if store.tokens()[0].reader.role is Role.VIEWER else store.tokens()[1]
    assert store.revoke(first.id, clock.now(), "test") is not None
    assert store.reader(secret, clock.now()) is None
    assert store.reader(session, clock.now()) is None
    assert store.reader(other, clock.now()) is not None
    assert store.revoke(first.id, clock.now(), "test") is None


def test_a_session_ends_after_a_working_day_or_by_signing_out(
    store: AccessStore, clock: FixedClock, make_token: MakeToken
) -> None:
    secret = make_token(Role.VIEWER)
    first, second = store.sign_in(secret, clock.now()), store.sign_in(secret, clock.now())
    assert first is not None
    assert second is not None
    store.sign_out(first)
    assert store.reader(first, clock.now()) is None
    assert store.reader(second, clock.now()) is not None
    clock.advance(SESSION_LASTS)
    assert store.reader(second, clock.now()) is None
    assert store.reader(secret, clock.now()) is not None


def test_a_session_opens_no_further_session(
    store: AccessStore, clock: FixedClock, make_token: MakeToken
) -> None:
    session = store.sign_in(make_token(Role.VIEWER), clock.now())
    assert session is not None
    assert store.sign_in(session, clock.now()) is None


def test_every_change_is_in_the_audit_log(
    store: AccessStore, clock: FixedClock, make_token: MakeToken
) -> None:
    secret = make_token(Role.VIEWER)
    store.sign_in(secret, clock.now())
    store.revoke(store.tokens()[0].id, clock.now(), "command line: wang")
    assert [(line.actor, line.action) for line in store.audit(10)] == [
        ("command line: wang", "token_revoked"),
        ("viewer", "signed_in"),
        ("test", "token_created"),
    ]
