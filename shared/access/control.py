"""Access control of one service process: opens the store when it is wanted."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from shared.access.gate import FindReader, Gate, Readers
from shared.access.limits import Buckets, Limits
from shared.access.oidc import OidcReaders, could_be_jwt
from shared.access.provider_keys import ProviderKeys
from shared.access.readers import Reader
from shared.access.sign_in import sign_in_router
from shared.access.store import DATABASE, AccessStore, open_access_engine
from shared.access.tokens import could_be_ours
from shared.authorities import believed
from shared.clock import Clock, SystemClock
from shared.settings import CommonSettings
from shared.storage.migrations import migrate, require_usable


class Access:
    """Off: everybody may do everything, from this machine. On: the table decides."""

    def __init__(self, service: str, settings: CommonSettings, clock: Clock | None = None) -> None:
        self.service = service
        self.is_on = settings.access == "on"
        self._settings = settings
        self._clock = clock or SystemClock()
        self.engine = open_access_engine(settings) if self.is_on else None
        """Of the store; null while access control is off."""
        self.store = None if self.engine is None else AccessStore(self.engine)

    def guard(self, app: FastAPI) -> None:
        """Put the gate before all routes of the application, and the sign-in page beside them."""
        readers = None
        if self.store is not None:
            readers = Readers(self.finder())
            secure = (
                self._settings.access_cookie_secure
                or self._settings.http_certificate_file is not None
            )
            app.include_router(sign_in_router(self.store, readers, self._clock.now, secure=secure))
        app.add_middleware(
            Gate, routes=app, service=self.service, readers=readers, limits=self.limits()
        )

    def limits(self) -> Limits:
        """What one process lets in."""
        settings = self._settings
        return Limits(
            Buckets(settings.http_requests_per_minute),
            Buckets(settings.http_failures_per_minute),
            settings.http_body_limit,
            settings.http_body_seconds,
        )

    def finder(self) -> FindReader:
        """Looks a text up where it may be from; what is from nowhere costs no look."""
        store = self.store
        provider: OidcReaders | None = None
        if self._settings.oidc_issuer:
            provider = OidcReaders(
                self._settings,
                ProviderKeys(
                    self._settings.oidc_issuer, verify=believed(self._settings.http_ca_file)
                ),
            )

        def find(text: str) -> Reader | None:
            if store is not None and could_be_ours(text):
                return store.reader(text, self._clock.now())
            if provider is not None and could_be_jwt(text):
                return provider.reader(text)
            return None

        return find

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keep the store open."""
        if self.engine is None:
            yield
            return
        if self._settings.auto_migrate:
            await asyncio.to_thread(migrate, self.engine, DATABASE)
        else:
            await asyncio.to_thread(require_usable, self.engine, DATABASE)
        try:
            yield
        finally:
            self.engine.dispose()
