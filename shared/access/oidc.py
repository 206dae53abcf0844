"""Tokens of an OpenID Connect provider: signed by its keys, for us, in force, with a role."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jwt
import structlog

from shared.access.provider_keys import ProviderKeys
from shared.access.readers import Reader, Role, Scope
from shared.access.settings import AccessSettings

_SKEW_SECONDS = 60
"""Two machines' clocks; a token's life is minutes, so this costs little."""
_LONGEST = 8192
_LONGEST_NAME = 100
_REQUIRED = ("exp", "iat", "iss", "aud", "sub")

_log = structlog.get_logger(__name__)


def could_be_jwt(text: str) -> bool:
    """Whether it is worth looking at a text as a signed token."""
    return text.count(".") == 2 and len(text) <= _LONGEST  # noqa: PLR2004 - three parts


@dataclass(frozen=True, slots=True)
class ClaimRules:
    """What the claims of a token say about its reader."""

    role_claim: str
    roles: Mapping[str, Role]
    plans_claim: str = ""
    units_claim: str = ""
    feeds_claim: str = ""
    complete_claim: str = ""

    @classmethod
    def of(cls, settings: AccessSettings) -> "ClaimRules":
        """The rules of the settings."""
        return cls(
            settings.oidc_role_claim,
            settings.oidc_roles,
            settings.oidc_plans_claim,
            settings.oidc_units_claim,
            settings.oidc_feeds_claim,
            settings.oidc_complete_claim,
        )

    def reader(self, claims: Mapping[str, Any]) -> Reader | None:
        """The reader, or null for a token without any of the roles.

        A claim that limits and is not there leaves nothing: a provider that forgets it opens no
        door.
        """
        given = _listed(_claim(claims, self.role_claim))
        role = next((role for name, role in self.roles.items() if name in given), None)
        if role is None:
            return None
        limits = (self.plans_claim, self.units_claim, self.feeds_claim)
        scope = Scope(*(_listed(_claim(claims, name)) if name else None for name in limits))
        complete = bool(self.complete_claim) and _claim(claims, self.complete_claim) is True
        return Reader(_name(claims), role, scope, complete)


class OidcReaders:
    """Finds out whose token of the provider a text is; calls block."""

    def __init__(
        self, settings: AccessSettings, keys: ProviderKeys, rules: ClaimRules | None = None
    ) -> None:
        self._issuer = settings.oidc_issuer
        self._audience = settings.oidc_audience
        self._algorithms = tuple(settings.oidc_algorithms)
        self._keys = keys
        self._rules = rules or ClaimRules.of(settings)

    def reader(self, text: str) -> Reader | None:
        """Whose token it is; null when it is none that is in force and for us.

        Raises `httpx.HTTPError` while the provider's keys were never read and cannot be.
        """
        try:
            header = jwt.get_unverified_header(text)
            if header.get("alg") not in self._algorithms or "crit" in header:
                return None
            key = self._keys.key(str(header.get("kid", "")))
            if key is None or not _fits(key, str(header["alg"])):
                return None
            claims = jwt.decode(
                text,
                key.key,
                algorithms=[str(header["alg"])],
                audience=self._audience,
                issuer=self._issuer,
                leeway=_SKEW_SECONDS,
                options={"require": list(_REQUIRED)},
            )
        except jwt.PyJWTError as error:
            _log.info("oidc_token_refused", why=type(error).__name__)
            return None
        return self._rules.reader(claims)


def _fits(key: jwt.PyJWK, algorithm: str) -> bool:
    """Whether the key is one for this signature: a key is never used for another kind."""
    kinds = {"R": "RSA", "P": "RSA", "E": "EC"}
    kind = "OKP" if algorithm == "EdDSA" else kinds[algorithm[0]]
    return key.key_type == kind


def _claim(claims: Mapping[str, Any], path: str) -> object:
    """A claim by its name, or by a path into objects; a whole name goes before a path."""
    if path in claims:
        return claims[path]
    found: object = claims
    for part in path.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _listed(value: object) -> frozenset[str]:
    """Words of a claim: a list of them, or one text with spaces as in `scope`."""
    if isinstance(value, str):
        return frozenset(value.split())
    if isinstance(value, list):
        return frozenset(one for one in value if isinstance(one, str))
    return frozenset()


def _name(claims: Mapping[str, Any]) -> str:
    """For the audit log; the prefix keeps it apart from tokens of our own and from `local`."""
    name = claims.get("preferred_username") or claims.get("name") or claims["sub"]
    text = "".join(character for character in str(name) if character.isprintable())
    return f"oidc:{text[:_LONGEST_NAME]}"
