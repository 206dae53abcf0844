"""The job that every peer does, apart from how it reads, keeps and writes.

Decode a report, check its fields, its credit code and its unit, bring it to yuan, rank its
revisions, and name the cluster that it counts in. Only msgspec is needed: each peer runs in an
environment of its own. What ingest does beside it is not asked of the peers: a register with
changing memberships, plausibility, warnings, refused records, withdrawals, decisions.
"""

import json
import re
import sys
import time

import msgspec

TOPIC = "stats.output.v1"
CLUSTERS = 20
_CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_VALUES = {character: place for place, character in enumerate(_CHARACTERS)}
_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
_YUAN = {"元": 1, "千元": 1_000, "万元": 10_000, "亿元": 100_000_000}
_PERIOD = re.compile(r"20\d\d-(0[1-9]|1[0-2])")


class Report(msgspec.Struct, frozen=True, gc=False):
    """A report line as it is sent."""

    event_id: str
    uscc: str
    period: str
    indicator: str
    unit: str
    ytd: int | str
    revision: int
    reported_at: str


Rank = tuple[int, str, str]
"""Revision, then time of the report, then the event's id: a total order."""


class Line(msgspec.Struct, frozen=True, gc=False):
    """A checked report line."""

    key: str
    """Enterprise, indicator and period."""
    uscc: str
    cluster: str
    rank: Rank
    ytd: int
    """Yuan."""


_decoder = msgspec.json.Decoder(Report)


def line_of(value: bytes) -> Line | None:
    """The checked line of a record's value; null where it is not one."""
    try:
        report = _decoder.decode(value)
        ytd = int(report.ytd) * _YUAN[report.unit]
    except (msgspec.MsgspecError, KeyError, ValueError):
        return None
    if not _is_credit_code(report.uscc) or _PERIOD.fullmatch(report.period) is None:
        return None
    return Line(
        f"{report.uscc}|{report.indicator}|{report.period}",
        report.uscc,
        cluster_of(report.uscc),
        (report.revision, report.reported_at, report.event_id),
        ytd,
    )


def _is_credit_code(code: str) -> bool:
    """Check digit of a unified social credit code (GB 32100-2015)."""
    if len(code) != len(_WEIGHTS) + 1:
        return False
    try:
        total = sum(_VALUES[code[place]] * _WEIGHTS[place] for place in range(len(_WEIGHTS)))
    except KeyError:
        return False
    return code[-1] == _CHARACTERS[-total % 31]


def cluster_of(uscc: str) -> str:
    """The one cluster of a simulated enterprise; the peers need no register for it."""
    return f"cluster-{int(uscc[8:17]) % CLUSTERS}"


def expected_sums(values: "list[bytes]") -> dict[str, int]:
    """What the sums of all clusters must be in the end, in yuan."""
    standing: dict[str, Line] = {}
    for value in values:
        line = line_of(value)
        if line is not None and (line.key not in standing or standing[line.key].rank < line.rank):
            standing[line.key] = line
    sums: dict[str, int] = {}
    for line in standing.values():
        sums[line.cluster] = sums.get(line.cluster, 0) + line.ytd
    return sums


class Counter:
    """Times a peer from its first record until its work is done and kept."""

    def __init__(self) -> None:
        self.records = 0
        self._started: tuple[float, float] | None = None

    def begin(self) -> None:
        """The first record has come; called again it does nothing."""
        if self._started is None:
            self._started = (time.perf_counter(), time.process_time())

    def report(self, sums: dict[str, int], note: str = "") -> None:
        """Tell the bench, as the last line of the output."""
        if self._started is None:
            raise SystemExit("no record came")
        found = {
            "records": self.records,
            "seconds": time.perf_counter() - self._started[0],
            "cpu_seconds": time.process_time() - self._started[1],
            "sums": sums,
            "note": note,
        }
        print(json.dumps(found), flush=True)


def arguments() -> tuple[str, int, str, str]:
    """Brokers, records to read, folder for state, a name for groups and topics of this run."""
    bootstrap, records, folder, name = sys.argv[1:5]
    return bootstrap, int(records), folder, name
