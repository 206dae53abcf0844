"""Mutations that keep JSON whole: most changed bytes would only ever be `not_json`."""

import json
import random
from collections.abc import Callable
from typing import Any, Final

Mutate = Callable[[bytes, int], bytes]
"""libFuzzer's own: bytes and greatest length → bytes."""

_LARGE: Final = 1e200
_TELLING: Final[tuple[Any, ...]] = (
    *(None, True, False, 0, -1, 1, 0.1, -0.0, 1e300, 10**15, 10**15 + 1, 2**31, 2**63, 2**64),
    *("", " ", "\0", "\ud800", "x" * 129, "x" * 257, "NaN", "Infinity", "-0", "1e5", "1E-7"),
    *("0.000001", "0.0000001", "1e400", "9" * 41, "1_000", "１２", "٣", "+5", ".5", "5."),
    *("2026-02", "2026-01", "2026-13", "2026-00", "2026-Q1", "2026", "2026-01/02", "0001-01"),
    *("2026年1-2月", "9999-12", "２０２６-０５", "٢٠٢٦-٠٥", "2026-05\n"),
    *("0001-01-01T00:00:00+08:00", "9999-12-31T23:59:59-08:00", "2026-06-31T00:00:00Z"),
    *("2026-06-30T24:00:00+08:00", "2026-06-30T08:00:00", "2026-06-30", "20260630T080000Z"),
    *("2026-W27-1", "2026-06-30T08:00:00+23:59:59", "2026-06-30t08:00:00z", "1949-01-01T00:00:00Z"),
    *("元", "亿元", "万千瓦时", "人", "%", "USD", "gross_output", "employees", "membership"),
    *("project", "funds.CNY.31", "341323", "34132", "91341323MA2T7KQH6W", "31", "foreign"),
    *([], {}, [None], {"a": [{}]}, [{"cluster": "szah-lb-bearings", "weight": 10_000}]),
)
_DEEP: Final = 1500
_KEPT_WHOLE: Final = 0.15
"""Share of these mutations; they take many times as long as libFuzzer's own."""


def mutated(data: bytes, longest: int, seed: int, mutate: Mutate) -> bytes:
    """A neighbour of `data`: one value of its JSON changed, or what libFuzzer makes of it."""
    chance = random.Random(seed)  # noqa: S311 - reproducible, not secret
    head, body = _split(data)
    if chance.random() > _KEPT_WHOLE:
        return mutate(data, longest)
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return mutate(data, longest)
    changed = _changed(value, chance)
    text = json.dumps(changed, ensure_ascii=chance.random() < 0.5, separators=(",", ":"))  # noqa: PLR2004
    if chance.random() < 0.01:  # noqa: PLR2004 - rarely
        text = "[" * _DEEP + text
    return (head + text.encode("utf-8", "surrogatepass"))[:longest]


def _split(data: bytes) -> tuple[bytes, bytes]:
    """What stands before the JSON: see `fuzz.targets.records`."""
    if data[:1] in {b"\x02", b"\x03"}:
        head, mark, body = data.partition(b"\n")
        return head + mark, body
    return (data[:1], data[1:]) if data[:1] == b"\x01" else (b"", data)


def _changed(value: Any, chance: random.Random) -> Any:  # noqa: ANN401 - JSON is any value
    if isinstance(value, dict) and value and chance.random() < 0.9:  # noqa: PLR2004
        key = chance.choice(list(value))
        change = chance.random()
        if change < 0.1:  # noqa: PLR2004
            return {name: item for name, item in value.items() if name != key}
        if change < 0.15:  # noqa: PLR2004
            return value | {chance.choice(("surplus", "id", "data", "", "\ud800")): value[key]}
        return value | {key: _changed(value[key], chance)}
    if isinstance(value, list) and value and chance.random() < 0.8:  # noqa: PLR2004
        place = chance.randrange(len(value))
        item = _changed(value[place], chance)
        again = [item] if chance.random() < 0.2 else []  # noqa: PLR2004
        return [*value[:place], item, *again, *value[place + 1 :]]
    return _leaf(value, chance)


def _leaf(value: Any, chance: random.Random) -> Any:  # noqa: ANN401 - likewise
    if isinstance(value, str) and value and chance.random() < 0.4:  # noqa: PLR2004
        place = chance.randrange(len(value))
        piece = chance.choice(("", "0", "9", "-", "x", "年", "\0", value, value[place]))
        return value[:place] + piece + value[place + 1 :]
    if isinstance(value, int | float) and chance.random() < 0.4:  # noqa: PLR2004
        return chance.choice(
            (-value, value * 10_000, value / 3 if abs(value) < _LARGE else 0, str(value), value + 1)
        )
    return chance.choice(_TELLING)
