"""Signed links of messages: one alert, one episode, for a time."""

import base64
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.alerts.adapters.ack_links import SqlAckLinks
from services.alerts.domain.ack_link import AckLinks, Acknowledgeable

NOW = datetime(2026, 6, 1, 1, tzinfo=UTC)
LINKS = AckLinks(b"s" * 32)
WANTED = Acknowledgeable("00d6572718aaf13c", 3)

fingerprints = st.integers(0, 2**64 - 1).map(lambda number: f"{number:016x}")
episodes = st.integers(0, 2**32 - 1)


@given(fingerprints, episodes)
def test_a_code_gives_back_what_it_was_made_for(fingerprint: str, episode: int) -> None:
    wanted = Acknowledgeable(fingerprint, episode)
    code = LINKS.code(wanted, NOW)
    assert LINKS.read(code, NOW + timedelta(days=39)) == wanted
    assert len(code) == 36
    assert set(code) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


@given(st.integers(0, 27 * 8 - 1))
def test_no_bit_of_a_code_can_be_changed(bit: int) -> None:
    raw = bytearray(base64.urlsafe_b64decode(LINKS.code(WANTED, NOW)))
    raw[bit // 8] ^= 1 << bit % 8
    assert LINKS.read(base64.urlsafe_b64encode(bytes(raw)).decode(), NOW) is None


@given(st.text(max_size=60))
def test_other_texts_are_no_codes(text: str) -> None:
    assert LINKS.read(text, NOW) is None


def test_a_code_ends_after_forty_days_and_with_its_secret() -> None:
    code = LINKS.code(WANTED, NOW)
    assert LINKS.read(code, NOW + timedelta(days=42)) is None
    assert AckLinks(b"t" * 32).read(code, NOW) is None


def test_all_replicas_share_the_secret_that_the_first_one_makes(engine: object) -> None:
    first, second = (SqlAckLinks(engine, "https://alerts.test") for _ in range(2))  # type: ignore[arg-type]
    code = first._ready().code(WANTED, NOW)
    assert second.read(code, NOW) == WANTED
