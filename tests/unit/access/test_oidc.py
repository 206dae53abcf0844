"""Tokens of an OpenID Connect provider: whose they are, and all the ways in which they are none."""

import base64
import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from pydantic import ValidationError

from shared.access.oidc import OidcReaders
from shared.access.provider_keys import ProviderKeys
from shared.access.readers import Reader, Role, Scope
from shared.configuration import SettingsError
from shared.settings import CommonSettings
from shared.testing.oidc import AUDIENCE, Provider, serving_provider

ROLES = "cw-admin=administrator, cw-zhuanban=task_force, cw-read=viewer"
VIEWER = {"roles": ["cw-read"]}


class Clock:
    """Seconds that the test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def _served() -> Iterator[Provider]:
    with serving_provider() as provider:
        yield provider


@pytest.fixture
def provider(_served: Provider) -> Provider:
    _served.is_away, _served.named_issuer, _served.extra_keys = False, None, []
    _served.rotate()
    return _served


def settings_for(provider: Provider, **more: Any) -> CommonSettings:
    given = {"oidc_issuer": provider.issuer, "oidc_audience": AUDIENCE, "oidc_roles": ROLES}
    return CommonSettings(access="on", **{**given, **more})


def readers(provider: Provider, clock: Clock | None = None, **more: Any) -> OidcReaders:
    keys = ProviderKeys(provider.issuer, clock=clock or Clock())
    return OidcReaders(settings_for(provider, **more), keys)


def test_a_token_of_the_provider_is_a_reader_with_its_role(provider: Provider) -> None:
    token = provider.token(roles=["something", "cw-zhuanban"], preferred_username="张三")
    assert readers(provider).reader(token) == Reader("oidc:张三", Role.TASK_FORCE, Scope())


def test_the_first_role_of_the_settings_counts(provider: Provider) -> None:
    found = readers(provider).reader(provider.token(roles=["cw-read", "cw-admin"]))
    assert found is not None
    assert found.role is Role.ADMINISTRATOR
    assert found.name == "oidc:u-1"


def test_a_token_without_a_role_of_ours_is_nobodys(provider: Provider) -> None:
    assert readers(provider).reader(provider.token(roles=["other"])) is None
    assert readers(provider).reader(provider.token()) is None


def test_claims_limit_and_a_missing_one_leaves_nothing(provider: Provider) -> None:
    limited = readers(
        provider,
        oidc_role_claim="realm_access.roles",
        oidc_units_claim="units",
        oidc_plans_claim="plans",
        oidc_complete_claim="complete",
    )
    role = {"realm_access": {"roles": ["cw-read"]}}
    found = limited.reader(provider.token(**role, units=["a", "b"], plans="p1 p2", complete=True))
    assert found is not None
    assert found.scope == Scope(frozenset({"p1", "p2"}), frozenset({"a", "b"}))
    assert found.complete
    without = limited.reader(provider.token(**role, complete="true"))
    assert without is not None
    assert without.scope == Scope(frozenset(), frozenset())
    assert not without.complete


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://another.test"},
        {"aud": "another"},
        {"aud": None},
        {"iss": None},
        {"sub": None},
        {"exp": None},
        {"iat": None},
    ],
)
def test_a_token_for_others_is_none(provider: Provider, claims: dict[str, Any]) -> None:
    assert readers(provider).reader(provider.token(**VIEWER)) is not None
    assert readers(provider).reader(provider.token(**{**VIEWER, **claims})) is None


@pytest.mark.parametrize(("claim", "seconds"), [("exp", -120), ("nbf", 600), ("iat", 600)])
def test_a_token_out_of_its_time_is_none(provider: Provider, claim: str, seconds: int) -> None:
    claims: dict[str, Any] = {**VIEWER, claim: int(time.time()) + seconds}
    assert readers(provider).reader(provider.token(**claims)) is None


def test_a_minute_between_two_clocks_is_forgiven(provider: Provider) -> None:
    now = int(time.time())
    token = provider.token(**VIEWER, exp=now - 20, nbf=now - 600)
    assert readers(provider).reader(token) is not None
    assert readers(provider).reader(provider.token(**VIEWER, nbf=now + 30)) is not None


def test_no_other_signature_than_the_providers_is_taken(provider: Provider) -> None:
    (name, (_, key)) = next(iter(provider.keys.items()))
    public: Any = key
    pem = public.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    claims: dict[str, Any] = {"iss": provider.issuer, "aud": AUDIENCE, "sub": "x", **VIEWER}
    claims |= {"iat": int(time.time()), "exp": int(time.time()) + 60}

    def part(data: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(data).encode()).rstrip(b"=").decode()

    for algorithm in ("none", "None", "NONE"):
        unsigned = f"{part({'alg': algorithm, 'kid': name})}.{part(claims)}."
        assert readers(provider).reader(unsigned) is None
    # The public key as a shared secret: the classic confusion of algorithms.
    for algorithm in ("HS256", "HS512"):
        header, body = part({"alg": algorithm, "kid": name}), part(claims)
        signer = jwt.get_algorithm_by_name(algorithm)
        mac = signer.sign(f"{header}.{body}".encode(), pem + b"\n" * 200)
        text = f"{header}.{body}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"
        assert readers(provider).reader(text) is None
    stranger = Provider()
    stranger.issuer = provider.issuer
    (_, strange), *_ = stranger.keys.values()
    forged = stranger.signed(strange, "RS256", {"kid": name}, **VIEWER)
    assert readers(provider).reader(forged) is None
    embedded = {"kid": name, "jwk": stranger.answer("/jwks"), "jku": "http://127.0.0.1:1/jwks"}
    assert readers(provider).reader(stranger.signed(strange, "RS256", embedded, **VIEWER)) is None
    good = provider.token(**VIEWER)
    head, body, signature = good.split(".")
    changed = part({**claims, "roles": ["cw-admin"]})
    assert readers(provider).reader(f"{head}.{changed}.{signature}") is None
    assert readers(provider).reader(good) is not None
    assert body != changed


def test_shared_secrets_among_the_published_keys_are_left_out(provider: Provider) -> None:
    secret = base64.urlsafe_b64encode(b"s" * 64).rstrip(b"=").decode()
    provider.extra_keys = [
        {"kty": "oct", "kid": "shared", "k": secret, "alg": "HS256"},
        {"kty": "RSA", "kid": "broken", "n": "?", "e": "AQAB"},
        {"kty": "EC"},
    ]
    token = provider.signed(b"s" * 64, "HS256", {"kid": "shared"}, **VIEWER)
    with_any = readers(provider)
    assert with_any.reader(token) is None
    assert with_any.reader(provider.token(**VIEWER)) is not None


def test_only_listed_algorithms_are_taken(provider: Provider) -> None:
    provider.rotate("ES256")
    assert readers(provider).reader(provider.token(**VIEWER)) is not None
    only = readers(provider, oidc_algorithms="RS256")
    assert only.reader(provider.token(**VIEWER)) is None
    for algorithm in ("none", "HS256"):
        with pytest.raises(ValidationError):
            settings_for(provider, oidc_algorithms=algorithm)


def test_rotated_keys_are_found_and_old_ones_end(provider: Provider) -> None:
    clock = Clock()
    taken = readers(provider, clock)
    old = provider.token(**VIEWER)
    assert taken.reader(old) is not None
    fetched = provider.fetched
    assert taken.reader(old) is not None
    assert provider.fetched == fetched, "keys are remembered"
    provider.rotate()
    new = provider.token(**VIEWER)
    clock.now += 30
    assert taken.reader(new) is not None
    assert taken.reader(old) is None


def test_made_up_key_ids_do_not_make_us_ask_again_and_again(provider: Provider) -> None:
    clock = Clock()
    taken = readers(provider, clock)
    (_, key), *_ = provider.keys.values()
    before = provider.fetched
    for number in range(50):
        token = provider.signed(key, "RS256", {"kid": f"made-up-{number}"}, **VIEWER)
        assert taken.reader(token) is None
        clock.now += 1
    assert provider.fetched - before <= 4


def test_while_the_provider_is_away_known_keys_stay_in_force(provider: Provider) -> None:
    clock = Clock()
    taken = readers(provider, clock)
    token = provider.token(**VIEWER)
    assert taken.reader(token) is not None
    provider.is_away = True
    clock.now += 3600
    assert taken.reader(token) is not None
    with pytest.raises(httpx.HTTPError):
        readers(provider).reader(token)


def test_a_provider_that_names_another_issuer_is_not_believed(provider: Provider) -> None:
    provider.named_issuer = "https://elsewhere.test"
    with pytest.raises(httpx.HTTPError):
        readers(provider).reader(provider.token(**VIEWER))


@pytest.mark.parametrize("issuer", ["http://sso.office.test", "ftp://x", "sso", "http://10.0.0.1"])
def test_the_issuer_must_be_reached_over_tls(issuer: str) -> None:
    with pytest.raises(SettingsError, match="CLUSTERWATCH_OIDC_ISSUER"):
        ProviderKeys(issuer)


def test_settings_that_would_let_anybody_in_are_refused(provider: Provider) -> None:
    with pytest.raises(ValidationError, match="CLUSTERWATCH_OIDC_AUDIENCE"):
        settings_for(provider, oidc_audience="")
    with pytest.raises(ValidationError, match="CLUSTERWATCH_OIDC_ROLES"):
        settings_for(provider, oidc_roles="")
    with pytest.raises(ValidationError, match="CLUSTERWATCH_ACCESS=on"):
        CommonSettings(oidc_issuer=provider.issuer, oidc_audience="a", oidc_roles={"a": "viewer"})
    with pytest.raises(ValidationError):
        settings_for(provider, oidc_roles="cw-admin=root")
