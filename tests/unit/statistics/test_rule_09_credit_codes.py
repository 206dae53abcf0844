"""Rule 9: credit codes are checked, and where one was registered says nothing about place."""

import pytest

from services.ingest.testing import Ingest
from shared.events.reasons import Reason
from shared.testing.events import output, records, registration
from shared.testing.plans import LINGBI

VALID = ["91350100M000100Y43", "91110000600037341L", "911101085923662400"]


@pytest.mark.parametrize("code", VALID)
def test_valid_codes_are_taken(ingest: Ingest, code: str) -> None:
    ingest.take(records([registration(uscc=code)]))
    assert ingest.summary()["applied"] == 1


@pytest.mark.parametrize(
    "code", [VALID[0][:-1] + "4", VALID[0][:-1], VALID[0].lower(), "9135010OM000100Y43", ""]
)
def test_a_code_with_a_wrong_check_character_is_refused(ingest: Ingest, code: str) -> None:
    ingest.take(records([output(uscc=code or "0")]))
    assert ingest.dead_letters() == {"stats.output.v1": {Reason.BAD_CODE: 1}}


def test_the_digits_of_registration_never_decide_about_place(ingest: Ingest) -> None:
    registered_in_fuzhou = VALID[0]
    ingest.take(records([registration(uscc=registered_in_fuzhou, region="341323")]))
    assert LINGBI in {fact.unit for fact in ingest.live_facts().values()}
