"""One dead letter over HTTP: shown with its reason, mended, replayed, and written down."""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
from fastapi import FastAPI
from kafka.errors import KafkaConnectionError

from services.ingest.api.letters import ReadLetter, letters_router
from services.ingest.domain.reading import Reader
from services.ingest.ports import Outgoing
from services.ingest.use_cases.accept import CheckEvents
from services.ingest.use_cases.replay import PrepareReplay
from shared.events.dead_letter import DeadLetter
from shared.events.reasons import Reason
from shared.http import add_problem_handlers
from shared.messaging.dead_letters import StoredLetter
from shared.testing.clock import FixedClock
from shared.testing.events import BROKER_MS, output
from shared.testing.http import AppClient
from shared.testing.load import credit_code
from shared.testing.plans import small_plan

OUTPUT = "stats.output.v1"
WRONG = msgspec.json.encode(output(unit="百元"))
RIGHT = msgspec.json.encode(output()).decode()
LI = {"who": "李四", "why": "the unit was misspelt"}


class Sent:
    """An inbox and an audit log that remember."""

    def __init__(self) -> None:
        self.events: list[Outgoing] = []
        self.audit: list[tuple[str, str, str]] = []

    async def send(self, events: Sequence[Outgoing]) -> None:
        self.events += events

    def write(self, actor: str, action: str, detail: str) -> None:
        self.audit.append((actor, action, detail))


def letter(number: int, value: bytes = WRONG) -> StoredLetter | None:
    why = DeadLetter(OUTPUT, 4, 17, "ingest.validate", "E", "unit: 百元", Reason.UNKNOWN_UNIT)
    stored = StoredLetter(
        id=number,
        at_ms=BROKER_MS,
        key=b"k",
        value=value,
        headers=(("trace", b"\xff"),),
        letter=why,
        size=len(value),
    )
    return stored if number == 7 else None


def client(sent: Sent, read: ReadLetter = letter) -> AppClient:
    now = FixedClock(datetime(2026, 6, 10, tzinfo=UTC))
    prepare = PrepareReplay(CheckEvents(Reader([small_plan()]), now))
    app = FastAPI()
    add_problem_handlers(app)
    app.include_router(letters_router(read, prepare, sent, sent.write))
    return AppClient(app)


def test_a_letter_is_shown_with_its_reason_its_remedy_and_what_it_said() -> None:
    body = client(Sent()).get("/api/v1/dead-letters/7").json()

    assert (body["reason"], body["message"]) == ("unknown_unit", "unit: 百元")
    assert "万元" in body["remedy"]
    assert msgspec.json.decode(body["value"])["unit"] == "百元"
    assert (body["topic"], body["partition"], body["offset"]) == (OUTPUT, 4, 17)
    assert body["headers"] == ["trace"]


def test_what_is_no_text_is_shown_as_escapes() -> None:
    def read(number: int) -> StoredLetter | None:
        return letter(number, b"\xff{")

    assert client(Sent(), read).get("/api/v1/dead-letters/7").json()["value"] == "\\xff{"


def test_a_mended_letter_goes_to_its_topic_under_its_new_key() -> None:
    sent = Sent()
    answer = client(sent).request(
        "POST", "/api/v1/dead-letters/7/mend", json={**LI, "value": RIGHT}
    )

    assert (answer.status_code, answer.json()) == (200, {"id": 7, "topic": OUTPUT})
    (event,) = sent.events
    assert (event.topic, event.key) == (OUTPUT, credit_code(1).encode())
    assert (event.value or b"").decode() == RIGHT
    assert sent.audit == [
        ("李四", "dead_letter_mended", f"letter 7 to {OUTPUT}: the unit was misspelt")
    ]


def test_what_would_be_refused_again_stays_with_the_reason() -> None:
    sent = Sent()
    page = client(sent)
    as_it_was = page.request("POST", "/api/v1/dead-letters/7/replay", json=LI)
    mended = page.request("POST", "/api/v1/dead-letters/7/mend", json={**LI, "value": "{}"})

    assert (as_it_was.status_code, mended.status_code) == (409, 409)
    assert "unknown_unit" in as_it_was.json()["detail"]
    assert "missing_field" in mended.json()["detail"]
    assert (sent.events, sent.audit) == ([], [])


def test_a_letter_that_is_good_by_now_is_replayed_as_it_was() -> None:
    sent = Sent()

    def read(number: int) -> StoredLetter | None:
        return letter(number, RIGHT.encode())

    answer = client(sent, read).request("POST", "/api/v1/dead-letters/7/replay", json=LI)

    assert answer.status_code == 200
    assert [(event.key, event.value) for event in sent.events] == [(b"k", RIGHT.encode())]
    assert [action for _, action, _ in sent.audit] == ["dead_letter_replayed"]


def test_who_and_why_are_asked_for_and_an_unknown_letter_is_not_found() -> None:
    page = client(Sent())

    assert (
        page.request("POST", "/api/v1/dead-letters/7/replay", json={"who": "x"}).status_code == 422
    )
    assert page.request("POST", "/api/v1/dead-letters/8/replay", json=LI).status_code == 404
    assert page.get("/api/v1/dead-letters/8").status_code == 404


def test_without_kafka_the_answer_is_503() -> None:
    def read(_number: int) -> StoredLetter | None:
        raise KafkaConnectionError

    assert client(Sent(), read).get("/api/v1/dead-letters/7").status_code == 503
