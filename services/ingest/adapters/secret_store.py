"""Which token secret a store was filled with: with another one, every subject would count twice."""

from sqlalchemy import Engine

from services.ingest.adapters.tokens import HmacTokens
from shared.configuration import SettingsError
from shared.storage import meta, writing

_NAME = "token_secret"


def keep_secret(engine: Engine, tokens: HmacTokens) -> None:
    """Remember the secret's fingerprint at the first start.

    Raises `SettingsError` for another secret than that of the facts that were sent.
    """
    with writing(engine) as connection:
        before = meta.known(connection, _NAME, lock=True)
        if before is None:
            meta.remember(connection, _NAME, tokens.fingerprint)
        elif before != tokens.fingerprint:
            raise SettingsError(
                "this is another token secret than the one the facts were sent with, and every "
                "subject would count twice: restore CLUSTERWATCH_TOKEN_SECRET (or the file "
                "token-secret in the data directory), or run `clusterwatch rebuild`"
            )
