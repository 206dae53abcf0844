"""What could not be looked up is never called in order."""

import json
from typing import Any

import pytest

from shared.testing.supply import Advisories, advisories, verdict


def report(*packages: dict[str, Any]) -> Advisories:
    return advisories(json.dumps({"dependencies": list(packages), "fixes": []}))


GOOD = {"name": "a", "version": "1", "vulns": []}
BAD = {"name": "b", "version": "2", "vulns": [{"id": "PYSEC-1", "fix_versions": ["3"]}]}
UNKNOWN = {"name": "c", "skip_reason": "Dependency not found on PyPI"}


@pytest.mark.parametrize(
    ("packages", "code", "words"),
    [
        ((GOOD,), 0, "1 packages without"),
        ((GOOD, BAD), 1, "b 2: PYSEC-1"),
        ((UNKNOWN, UNKNOWN), 0, "not audited"),
        ((GOOD, UNKNOWN), 1, "nothing is known of c"),
        ((BAD, UNKNOWN), 1, "b 2: PYSEC-1"),
    ],
)
def test_the_verdict_says_what_was_looked_up(
    packages: tuple[dict[str, Any], ...], code: int, words: str
) -> None:
    said, exit_code = verdict(report(*packages))

    assert exit_code == code
    assert words in said
