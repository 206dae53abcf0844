"""The one place that speaks to Grafana, through grafana-api.

That library knows folders, data sources and dashboards; playlists go through its session and its
errors as well. It leaves network errors and empty bodies to its callers.
"""
# ruff: noqa: D102 - what a method does is said at the port

from collections.abc import Callable
from typing import cast
from urllib.parse import urlsplit

import requests
from grafana_api.grafana_api import GrafanaClientError, GrafanaException
from grafana_api.grafana_face import GrafanaFace

from clusterwatch.grafana.ports import Body, GrafanaError, NotThere, Taken

_SECONDS = 15.0
_NOT_FOUND, _CONFLICT = 404, {409, 412}


class GrafanaHttp:
    """`Grafana` over HTTP; the token is only ever in the Authorization header."""

    def __init__(self, url: str, token: str, seconds: float = _SECONDS) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise GrafanaError(f"CLUSTERWATCH_GRAFANA_URL: {url!r} is no http(s) address")
        if parts.username or parts.password:
            raise GrafanaError("CLUSTERWATCH_GRAFANA_URL must not hold a password: use the token")
        self._url = f"{parts.scheme}://{parts.netloc}{parts.path}".rstrip("/")
        path = parts.path.strip("/")
        self._face = GrafanaFace(
            auth=token,
            host=f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname,
            port=parts.port,
            url_path_prefix=f"{path}/" if path else "",
            protocol=parts.scheme,
            timeout=seconds,
        )
        # No .netrc and no proxy of the environment: they would replace or carry the token.
        self._face.api.s.trust_env = False

    def folder(self, uid: str) -> Body:
        return self._ask(f"folder {uid}", self._face.folder.get_folder, uid)

    def create_folder(self, uid: str, title: str) -> Body:
        return self._ask(f"folder {title}", self._face.folder.create_folder, title, uid)

    def rename_folder(self, uid: str, title: str, version: int) -> Body:
        return self._ask(f"folder {title}", self._face.folder.update_folder, uid, title, version)

    def data_source(self, name: str) -> Body:
        find = self._face.datasource.get_datasource_by_name
        return self._ask(f"data source {name}", find, name)

    def create_data_source(self, body: Body) -> None:
        self._ask(f"data source {body['name']}", self._face.datasource.create_datasource, body)

    def update_data_source(self, number: int, body: Body) -> None:
        update = self._face.datasource.update_datasource
        self._ask(f"data source {body['name']}", update, number, body)

    def dashboard(self, uid: str) -> Body:
        return self._ask(f"dashboard {uid}", self._face.dashboard.get_dashboard, uid)

    def save_dashboard(self, body: Body) -> None:
        what = f"dashboard {body['dashboard']['uid']}"
        self._ask(what, self._face.dashboard.update_dashboard, body)

    def playlists(self) -> list[Body]:
        found: object = self._ask("playlists", self._face.api.GET, "/playlists")
        return cast("list[Body]", found)

    def playlist(self, uid: str) -> Body:
        return self._ask(f"playlist {uid}", self._face.api.GET, f"/playlists/{uid}")

    def create_playlist(self, body: Body) -> None:
        self._ask(f"playlist {body['name']}", self._face.api.POST, "/playlists", body)

    def update_playlist(self, uid: str, body: Body) -> None:
        self._ask(f"playlist {body['name']}", self._face.api.PUT, f"/playlists/{uid}", body)

    def _ask(self, what: str, call: Callable[..., object], *arguments: object) -> Body:
        try:
            return cast("Body", call(*arguments))
        except GrafanaException as error:
            raise _explained(what, error) from None
        except requests.exceptions.JSONDecodeError:
            raise GrafanaError(
                f"{what}: what answers at {self._url} is no Grafana (its answer is no JSON)"
            ) from None
        except requests.exceptions.SSLError as error:
            raise GrafanaError(f"{self._url}: its certificate is not trusted: {error}") from None
        except requests.exceptions.RequestException as error:
            reason = type(error).__name__
            raise GrafanaError(
                f"Grafana at {self._url} is not reached ({reason}): "
                "is CLUSTERWATCH_GRAFANA_URL right?"
            ) from None


def _explained(what: str, error: GrafanaException) -> GrafanaError:
    status = error.status_code
    answer = error.response
    words = str(answer.get("message", "")) if isinstance(answer, dict) else ""
    said = f" (Grafana says: {words})" if words else ""
    if status == requests.codes.unauthorized:
        return GrafanaError(
            "401: Grafana does not know the token in CLUSTERWATCH_GRAFANA_TOKEN; it may have "
            "expired or been deleted: make a new one"
        )
    if status == requests.codes.forbidden:
        return GrafanaError(f"403: the token may not write {what}: give its account the role{said}")
    if status == _NOT_FOUND:
        return NotThere(f"404: Grafana has no {what}, or another API{said}")
    if status in _CONFLICT:
        return Taken(f"{status}: {what} was changed meanwhile, or its name is taken{said}")
    kind = "refuses" if isinstance(error, GrafanaClientError) else "fails on"
    return GrafanaError(f"{status}: Grafana {kind} {what}{said}")
