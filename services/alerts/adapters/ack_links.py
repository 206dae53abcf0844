"""Links by which an alert is acknowledged; all replicas share the secret behind them."""

import secrets
from datetime import datetime

from sqlalchemy import Engine

from services.alerts.domain.ack_link import AckLinks, Acknowledgeable
from services.alerts.domain.alert import Kind, Transition
from shared.storage import meta, reading, upsert, writing
from shared.storage.tables import Meta, table_of

_meta = table_of(Meta)
_NAME = "ack_link_secret"
_BYTES = 32
_ASKING = frozenset(
    {Kind.FIRING, Kind.UPDATED, Kind.CORRECTED, Kind.REPEATED, Kind.ESCALATED, Kind.LAPSED}
)
"""Messages about an alert that somebody should take on."""


class SqlAckLinks:
    """The secret is made once, and kept with the alerts it is for."""

    def __init__(self, engine: Engine, address: str) -> None:
        self._engine = engine
        self._address = address
        self._links: AckLinks | None = None

    def url(self, transition: Transition, now: datetime) -> str | None:
        """Address to acknowledge the alert at; null where there is nothing to take on."""
        if transition.kind not in _ASKING:
            return None
        wanted = Acknowledgeable(transition.fingerprint, transition.episode)
        return f"{self._address}/console/a/{self._ready().code(wanted, now)}"

    def read(self, code: str, now: datetime) -> Acknowledgeable | None:
        """What a code is for; null for one that is not ours or is over."""
        return self._ready().read(code, now)

    def _ready(self) -> AckLinks:
        if self._links is None:
            self._links = AckLinks(bytes.fromhex(self._secret()))
        return self._links

    def _secret(self) -> str:
        with reading(self._engine) as connection:
            found = meta.known(connection, _NAME)
        if found is not None:
            return found
        with writing(self._engine) as connection:
            mine = {"name": _NAME, "value": secrets.token_hex(_BYTES)}
            upsert(connection, _meta, [mine], ("name",), ())  # another replica may be first
            return str(meta.known(connection, _NAME))
