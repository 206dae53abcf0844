"""Settings of access control: tokens of our own, and those of an identity provider."""

from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import NoDecode

from shared.access.readers import Role
from shared.configuration import Configured

Algorithm = Literal[
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"
]
"""Signatures with public keys; none, and nothing with a shared secret."""


class AccessSettings(Configured):
    """Who may come in, and how often."""

    access: Literal["off", "on"] = Field(
        default="off",
        description="Ask for tokens (clusterwatch tokens create). Off is for one machine: the "
        "services then refuse to listen on any but a loopback address.",
    )
    access_off_reason: str = Field(
        default="",
        description="Who decided to listen without access control beyond this machine, and why; "
        "audited at each start.",
    )
    access_database_url: SecretStr | None = Field(
        default=None,
        description="Database of tokens, the same for all services; without it that of "
        "CLUSTERWATCH_DATABASE_URL (a schema or file of its own there).",
    )
    access_cookie_secure: bool = Field(
        default=False,
        description="Browsers send the session over HTTPS only; set it behind a TLS proxy.",
    )
    oidc_issuer: str = Field(
        default="",
        description="Address of an OpenID Connect provider whose access tokens (JWT) are taken "
        "beside our own; https, or http on this machine.",
    )
    oidc_audience: str = Field(
        default="", description="What its tokens must name as their audience; required with it."
    )
    oidc_algorithms: Annotated[list[Algorithm], NoDecode] = Field(
        default=["RS256", "ES256"], description="Signatures that are taken, comma separated."
    )
    oidc_role_claim: str = Field(
        default="roles",
        description="Claim with the roles or groups; dots lead into objects, as in "
        "realm_access.roles.",
    )
    oidc_roles: Annotated[dict[str, Role], NoDecode] = Field(
        default={},
        description="Which value of that claim is which role, such as "
        "cw-admin=administrator,cw-zhuanban=task_force; the first that is there counts.",
    )
    oidc_plans_claim: str = Field(
        default="", description="Claim with the plans that a token is limited to; empty: all."
    )
    oidc_units_claim: str = Field(
        default="", description="Claim with the units that a token is limited to; empty: all."
    )
    oidc_feeds_claim: str = Field(
        default="", description="Claim with the sources that may be sent for; empty: all."
    )
    oidc_complete_claim: str = Field(
        default="",
        description="Claim that must be true for figures that are masked for others; empty: nobody "
        "sees them by such a token.",
    )

    @field_validator("oidc_algorithms", mode="before")
    @classmethod
    def _split_algorithms(cls, value: object) -> object:
        if isinstance(value, str):
            return [part.strip() for part in value.split(",") if part.strip()]
        return value

    @field_validator("oidc_roles", mode="before")
    @classmethod
    def _split_roles(cls, value: object) -> object:
        if isinstance(value, str):
            pairs = (part.rpartition("=") for part in value.split(",") if part.strip())
            return {name.strip(): role.strip() for name, _, role in pairs}
        return value

    @model_validator(mode="after")
    def _complete_oidc(self) -> Self:
        if not self.oidc_issuer:
            return self
        if self.access == "off":
            raise ValueError("CLUSTERWATCH_OIDC_ISSUER needs CLUSTERWATCH_ACCESS=on")
        if not self.oidc_audience or not self.oidc_roles:
            message = (
                "CLUSTERWATCH_OIDC_ISSUER needs CLUSTERWATCH_OIDC_AUDIENCE and "
                "CLUSTERWATCH_OIDC_ROLES: a token for another system, or without a role, is none"
            )
            raise ValueError(message)
        if not self.oidc_algorithms:
            raise ValueError("CLUSTERWATCH_OIDC_ALGORITHMS names none")
        return self
