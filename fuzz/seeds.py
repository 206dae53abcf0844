"""First inputs of every target, from the project's own examples: ``python -m fuzz.seeds``.

Adds to the kept corpora; `make fuzz` makes them small.
"""

import base64
import json
from collections.abc import Iterable
from pathlib import Path

from fuzz.inputs import CORPUS, read_inputs, write_inputs
from shared.events.examples import EXAMPLES
from shared.plans.catalogue import SHIPPED

_ROOT = Path(__file__).parents[1]
_TOPICS = {
    **{
        name: f"stats.{name}.v1"
        for name in ("enterprise", "output", "investment", "funds", "project", "indicator")
    },
    "decision": "ingest.decisions.v1",
    "fact": "cluster.facts.v1",
    "status": "cluster.status.v1",
    "notice": "ingest.notices.v1",
}
_TEXTS: dict[str, tuple[str, ...]] = {
    "dead_letter": (
        """__connect.errors.topic=stats.output.v1
__connect.errors.partition=3
__connect.errors.offset=77
__connect.errors.stage=ingest.decode
__connect.errors.exception.class.name=Refused
__connect.errors.exception.message=no
clusterwatch.reason=not_json
ce_id=1
x""",
    ),
    "periods": ("2026-05", "2026-01/02", "2026年1-2月", "2026年1—2月", "2026-Q3", "2026"),
    "amounts": (
        "18250|千元|gross_output",
        "1e5|亿元|revenue",
        "-0.5|万千瓦时|electricity",
        "7|USD|",
    ),
    "cell": (
        *(
            "2026年5月",
            "2026年1-5月",
            "２０２６/5",
            "202605",
            "2026年二季度",
            "2026-05-31",
            "20260531",
        ),
        *("1,234.50", "(12)", "1 234", "1.2E+05", "——", "无", "是", "√", "安徽省", "境外", "C3451"),
        *("341323001001", "2026-06-09 16:20:00", "\x01\x00\x00\x10", "\x02abcdefgh", "\x031"),
    ),
    "headers": (
        """Content-Type: application/x-ndjson; charset=utf-8
Authorization: Bearer abc
Cookie: clusterwatch_session=1
Retry-After: 120
Retry-After: Wed, 01 Jul 2026 08:00:00 GMT""",
        """A:2026-06-30
B:2026-06-30T08:00:00+08:00
Host:127.0.0.1
X:::1""",
    ),
    "cursors": ("MTI", "ImFiYyI", "WzEsIngiXQ", base64.urlsafe_b64encode(bytes(27)).decode()),
    "urls": (
        "postgresql://user:secret@127.0.0.1:5432/db?sslmode=require",
        "sqlite:////data/{service}.sqlite3",
        "https://oapi.dingtalk.com/robot/send?access_token=1#SECx",
        "http://[::1]:80/x",
        "https://example.org/hook#secret",
        "someone@example.org",
    ),
    "matchers": ('alertname="trajectory"', "unit=~szah-.*", 'plan!="a\\"b\\\\"', "x!~(a|b)+$"),
}


def _examples(topic: str) -> Iterable[bytes]:
    body = EXAMPLES[topic]
    plain = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    yield plain
    packed = {"data_base64": base64.b64encode(plain).decode(), "id": "1", "source": "s"}
    yield b"\x01" + json.dumps({"specversion": "1.0", "id": "e", "data": body}).encode()
    yield b"\x01" + json.dumps(packed).encode()
    yield b"\x02event-1\n" + plain
    yield b"\x03application/cloudevents+json; charset=utf-8\n" + plain
    for field in body:
        yield json.dumps({**body, field: None}).encode()
    yield json.dumps({**body, "surplus": [1, {"a": "中"}]}, ensure_ascii=False).encode()


def _tables() -> dict[str, list[bytes]]:
    head = (
        "统一社会信用代码,单位详细名称,区划代码,行业代码,报告期,计量单位,工业总产值/本月,本年累计"
    )
    row = "91341323MA2T7KQH6W,示例轴承有限公司,341323,3451,2026-05,千元,18250,80110"
    total = "合计,,,,,,18250,80110"
    text = f"2026年1-5月,单位:千元\n{head}\n{row}\n{total}\n"
    cells = "".join(
        f'<c r="{column}{number}" t="inlineStr"><is><t>{value}</t></is></c>'
        for number, line in enumerate((head, row), start=1)
        for column, value in zip("ABCDEFGH", line.split(","), strict=True)
    )
    sheet = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f'<sheetData><row r="1">{cells}</row><row r="2"><c r="A2"><v>1.5E3</v></c>'
        '<c r="B2" t="b"><v>1</v></c><c r="C2" t="e"><v>#N/A</v></c></row></sheetData></worksheet>'
    )
    forms = sorted((_ROOT / "tests" / "data" / "forms").glob("*.xlsx"))
    return {
        "csv_tables": [
            text.encode(),
            text.encode("gb18030"),
            b"\xff\xfe" + text.encode("utf-16-le"),
            text.replace(",", "\t").encode("utf-8-sig"),
        ],
        "xlsx_tables": [
            sheet.encode(),
            *(b"\x01" + data for form in forms if len(data := form.read_bytes()) < 8000),  # noqa: PLR2004
        ],
        "mappings": [
            path.read_bytes() for path in (_ROOT / "shared/files/mappings").glob("*.yaml")
        ],
        "plans": [
            (_ROOT / "tests/data/plans/small.yaml").read_bytes(),
            *(path.read_bytes()[:4000] for path in sorted(SHIPPED.glob("*.yaml"))),
        ],
    }


def _bodies() -> list[bytes]:
    events = [
        json.dumps(EXAMPLES[topic], ensure_ascii=False) for topic in list(_TOPICS.values())[:6]
    ]
    return [
        f"[{','.join(events)}]".encode(),
        b"\x01\xef\xbb\xbf" + "\r\n\n".join(events).encode(),
        *(f"[{event}]".encode() for event in events),
    ]


def _alerts() -> list[bytes]:
    alert = {
        "labels": {"alertname": "Down", "severity": "critical", "unit": "x"},
        "annotations": {"summary": "示例"},
        "startsAt": "2026-06-30T08:00:00Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://p/graph",
    }
    return [json.dumps([alert]).encode(), json.dumps(alert, ensure_ascii=False).encode()]


def seeds() -> dict[str, list[bytes]]:
    """Inputs by target."""
    return {
        **{name: list(_examples(topic)) for name, topic in _TOPICS.items()},
        **{name: [text.encode() for text in texts] for name, texts in _TEXTS.items()},
        **_tables(),
        "bodies": _bodies(),
        "posted_alerts": _alerts(),
    }


if __name__ == "__main__":
    for name, inputs in seeds().items():
        path = CORPUS / f"{name}.txt"
        write_inputs(path, [*read_inputs(path), *inputs])
