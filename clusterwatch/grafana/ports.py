"""What is asked of a Grafana, and what can go wrong."""

from typing import Any, Protocol

Body = dict[str, Any]


class GrafanaError(Exception):
    """What went wrong and what to do about it; never holds the token."""


class NotThere(GrafanaError):  # noqa: N818 - an answer, not a fault
    """Grafana has no such thing."""


class Taken(GrafanaError):  # noqa: N818 - an answer, not a fault
    """Somebody else's thing has this name or uid, or was changed meanwhile."""


class Grafana(Protocol):
    """What is asked of a Grafana; every method raises `GrafanaError`."""

    def folder(self, uid: str) -> Body:
        """A folder. Raises `NotThere`."""
        ...

    def create_folder(self, uid: str, title: str) -> Body:
        """Make a folder. Raises `Taken`."""
        ...

    def rename_folder(self, uid: str, title: str, version: int) -> Body:
        """Rename a folder that still has this version. Raises `Taken`."""
        ...

    def data_source(self, name: str) -> Body:
        """A data source by name. Raises `NotThere`."""
        ...

    def create_data_source(self, body: Body) -> None:
        """Make a data source. Raises `Taken`."""
        ...

    def update_data_source(self, number: int, body: Body) -> None:
        """Replace a data source by its id."""
        ...

    def dashboard(self, uid: str) -> Body:
        """A dashboard with its `meta`. Raises `NotThere`."""
        ...

    def save_dashboard(self, body: Body) -> None:
        """Make or replace a dashboard whose version is still the given one. Raises `Taken`."""
        ...

    def playlists(self) -> list[Body]:
        """All playlists, without their items."""
        ...

    def playlist(self, uid: str) -> Body:
        """A playlist with its items."""
        ...

    def create_playlist(self, body: Body) -> None:
        """Make a playlist."""
        ...

    def update_playlist(self, uid: str, body: Body) -> None:
        """Replace a playlist."""
        ...
