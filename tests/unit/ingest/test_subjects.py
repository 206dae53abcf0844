from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc

from services.ingest.domain.subjects import Subject, SubjectKind, enterprise, project
from shared.events.reasons import Reason, Refused
from shared.testing.load import credit_code


@pytest.mark.parametrize("code", ["91350100M000100Y43", "91110000600037341L", "911101085923662400"])
def test_a_valid_credit_code_names_an_enterprise(code: str) -> None:
    assert enterprise(code) == Subject(SubjectKind.ENTERPRISE, code)


@pytest.mark.parametrize(
    "code",
    [
        "91350100M000100Y44",  # check character
        "91350100M000100Y4",  # too short
        "91350100M000100Y433",  # too long
        "91350100m000100y43",  # small letters
        "91350100M000100Y43 ",
        "9135 0100 M000 100Y 43",
        "91350100-M000100Y-43",
        "９1350100M000100Y43",  # full-width digit
        "²1350100M000100Y43",
        "91350100M000100O43",  # O is not used
        "91350100M000100Z43",
        "I1350100M000100Y43",
        "000000000000000000\n",
        "",
    ],
)
def test_anything_else_is_a_bad_code(code: str) -> None:
    with pytest.raises(Refused) as caught:
        enterprise(code)
    assert (caught.value.reason, caught.value.field) == (Reason.BAD_CODE, "uscc")


def test_the_refusal_does_not_repeat_the_code() -> None:
    with pytest.raises(Refused) as caught:
        enterprise("91350100M000100Y44")
    assert "91350100M000100Y44" not in str(caught.value)


@given(st.text(max_size=32))
def test_no_text_breaks_the_check(text: str) -> None:
    with suppress(Refused):
        assert enterprise(text).code == text


@given(st.integers(0, 10**9 - 1), st.integers(0, 17), st.sampled_from("0123456789ABCDEFGHJKLMNPQR"))
def test_one_wrong_character_is_always_found(number: int, place: int, wrong: str) -> None:
    code = credit_code(number)
    assert enterprise(code).code == code
    if code[place] != wrong:
        with pytest.raises(Refused):
            enterprise(code[:place] + wrong + code[place + 1 :])


def test_a_project_is_known_by_its_id_and_is_no_enterprise() -> None:
    code = credit_code(1)

    assert project(code) != enterprise(code)
    assert project("宿州-1").kind is SubjectKind.PROJECT


def test_letters_in_the_first_two_places_are_fine() -> None:
    head = "N1341323MF1234567"
    code = head + uscc.calc_check_digit(head)
    assert enterprise(code).code == code
