"""A small OpenID Connect provider on this machine, whose keys rotate when a test says so."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from shared.testing.loopback import QuietHandler, serving

AUDIENCE = "clusterwatch"


class Provider:
    """Issues tokens, and publishes the public halves of its keys."""

    def __init__(self) -> None:
        self.issuer = ""
        self.keys: dict[str, tuple[str, PrivateKeyTypes]] = {}
        self.fetched = 0
        """How often the keys were asked for."""
        self.is_away = False
        self.extra_keys: list[dict[str, Any]] = []
        self.named_issuer: str | None = None
        """Another issuer than its own, in its description."""
        self.rotate()

    def rotate(self, algorithm: str = "RS256") -> str:
        """Replace all keys by a new one; its id."""
        made: PrivateKeyTypes = (
            rsa.generate_private_key(65537, 2048)
            if algorithm.startswith("RS")
            else ec.generate_private_key(ec.SECP256R1())
        )
        name = f"key-{time.monotonic_ns()}"
        self.keys = {name: (algorithm, made)}
        return name

    def token(self, **claims: Any) -> str:  # noqa: ANN401 - any JSON
        """A token for us of ten minutes; a claim that is given as None is left out."""
        name = next(iter(self.keys))
        algorithm, key = self.keys[name]
        return self.signed(key, algorithm, {"kid": name}, **claims)

    def signed(
        self,
        key: Any,  # noqa: ANN401 - a key of any kind
        algorithm: str,
        headers: dict[str, Any],
        **claims: Any,  # noqa: ANN401 - any JSON
    ) -> str:
        """A token as somebody else would make it."""
        now = int(time.time())
        said = {
            "iss": self.issuer,
            "aud": AUDIENCE,
            "sub": "u-1",
            "iat": now,
            "exp": now + 600,
            **claims,
        }
        kept = {name: value for name, value in said.items() if value is not None}
        return jwt.encode(kept, key, algorithm=algorithm, headers=headers)

    def answer(self, path: str) -> dict[str, Any] | None:
        """Body of a GET; null for what is not there."""
        if self.is_away:
            return None
        if path == "/.well-known/openid-configuration":
            return {"issuer": self.named_issuer or self.issuer, "jwks_uri": f"{self.issuer}/jwks"}
        if path != "/jwks":
            return None
        self.fetched += 1
        return {"keys": [*map(self._public, self.keys), *self.extra_keys]}

    def _public(self, name: str) -> dict[str, Any]:
        algorithm, key = self.keys[name]
        maker: Any = RSAAlgorithm if algorithm.startswith("RS") else ECAlgorithm
        public: Any = key
        found = maker.to_jwk(public.public_key(), as_dict=True)
        return {**found, "kid": name, "use": "sig", "alg": algorithm}


@contextmanager
def serving_provider() -> Iterator[Provider]:
    """The provider behind a real server on this machine."""
    provider = Provider()

    class Handler(QuietHandler):
        def do_GET(self) -> None:
            found = provider.answer(self.path)
            self.answer(200 if found is not None else 503, json.dumps(found or {}).encode())

    with serving(Handler) as provider.issuer:
        yield provider
