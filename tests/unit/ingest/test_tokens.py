import base64
import hashlib
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from services.ingest.adapters.tokens import HmacTokens
from services.ingest.domain.subjects import Subject, SubjectKind, enterprise, project
from shared.storage.secret_file import secret_from
from shared.testing.load import credit_code

TOKENS = HmacTokens(b"a secret for tests only")
ENTERPRISE = enterprise(credit_code(1))


def test_a_subject_keeps_its_token_over_restarts() -> None:
    assert TOKENS.token(ENTERPRISE) == HmacTokens(b"a secret for tests only").token(ENTERPRISE)
    assert TOKENS.token(ENTERPRISE) == "e-fjouelfbyinpa6jlyxp5lufb"  # HMAC-SHA256, first 120 bits


def test_enterprises_and_projects_have_tokens_of_their_own() -> None:
    same_code = project(ENTERPRISE.code)

    assert TOKENS.token(ENTERPRISE).startswith("e-")
    assert TOKENS.token(same_code).startswith("p-")
    assert TOKENS.token(same_code)[2:] != TOKENS.token(ENTERPRISE)[2:]


def test_different_subjects_have_different_tokens() -> None:
    subjects = [enterprise(credit_code(number)) for number in range(2000)]

    assert len({TOKENS.token(subject) for subject in subjects}) == 2000


def test_another_secret_gives_other_tokens() -> None:
    assert HmacTokens(b"another").token(ENTERPRISE) != TOKENS.token(ENTERPRISE)


def test_a_token_cannot_be_computed_from_the_code_alone() -> None:
    token = TOKENS.token(ENTERPRISE)[2:].encode()
    code = ENTERPRISE.code
    guesses = [code, f"e|{code}", f"e-{code}", f"1|{code}"]
    digests = [hashlib.sha256(guess.encode()).digest() for guess in guesses]

    assert token.upper() not in {base64.b32encode(digest[:15]) for digest in digests}
    assert code.lower() not in token.decode()


def test_tokens_contain_nothing_that_a_key_would_have_to_escape() -> None:
    strange = Subject(SubjectKind.PROJECT, "宿州|2026\n")

    assert TOKENS.token(strange).isascii()
    assert TOKENS.token(strange)[2:].isalnum()


def test_a_configured_secret_is_used_and_no_file_is_made(tmp_path: Path) -> None:
    assert secret_from("configured", tmp_path / "secret") == b"configured"
    assert list(tmp_path.iterdir()) == []


def test_a_secret_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    file = tmp_path / "data" / "secret"
    first = secret_from(None, file)

    assert len(first) == 64
    assert secret_from(None, file) == secret_from("", file) == first
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(file.parent.iterdir()) == [file]
    assert secret_from(None, tmp_path / "other") != first


def test_processes_that_start_together_agree_on_one_secret(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: secret_from(None, tmp_path / "secret"), range(32)))

    assert len(set(made)) == 1


def test_an_empty_secret_file_is_refused_with_the_remedy(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("\n", encoding="ascii")

    with pytest.raises(ValueError, match="restore it from a backup"):
        secret_from(None, file)


def test_a_place_where_no_secret_can_be_kept_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(ValueError, match=r"file/token-secret cannot be read or made"):
        secret_from(None, tmp_path / "file" / "token-secret")
