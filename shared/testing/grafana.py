"""A strict stand-in for Grafana's HTTP API, as far as dashboards are pushed through it.

It answers only the paths, methods and bodies that Grafana documents, checks the token before
anything else, keeps versions, and answers like Grafana: JSON with a `message` on errors. A request
it does not know is a 404 and is remembered, so that a test can say that there was none.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from shared.testing import loopback
from shared.testing.loopback import QuietHandler

Answer = tuple[int, Any]
Body = dict[str, Any]
TOKEN = "glsa_only_for_tests_123"  # noqa: S105 - of the stand-in

_FOLDERS, _SOURCES, _BOARDS, _LISTS = "folders", "datasources", "dashboards", "playlists"


@dataclass
class StandInGrafana:
    """State of one Grafana, and what it was asked."""

    prefix: str = ""
    fail_with: dict[str, int] = field(default_factory=dict)
    """Status by "METHOD /path" that is answered instead."""
    changes: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    requests: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    folders: dict[str, Body] = field(default_factory=dict)
    sources: dict[int, Body] = field(default_factory=dict)
    boards: dict[str, Body] = field(default_factory=dict)
    lists: dict[str, Body] = field(default_factory=dict)

    def answer(self, method: str, path: str, headers: dict[str, str], body: Body | None) -> Answer:
        """Status and JSON for a request."""
        self.requests.append((method, path, headers))
        if headers.get("authorization") != f"Bearer {TOKEN}":
            return 401, {"message": "Invalid API key"}
        begin = f"{self.prefix}/api/"
        if not path.startswith(begin):
            return self._nothing(method, path)
        request = f"{method} /{path.removeprefix(begin)}"
        if request in self.fail_with:
            return self.fail_with[request], {"message": "as the test wants it"}
        kind, _, rest = path.removeprefix(begin).partition("/")
        known: dict[str, Callable[[str, str, Body], Answer]] = {
            _FOLDERS: self._folder,
            _SOURCES: self._source,
            _BOARDS: self._board,
            _LISTS: self._list,
        }
        if kind not in known:
            return self._nothing(method, path)
        if method in {"POST", "PUT"} and body is None:
            return 400, {"message": "bad request data"}
        status, content = known[kind](method, rest, body or {})
        if method != "GET" and status == 200:  # noqa: PLR2004 - as in HTTP
            self.changes.append(request)
        return status, content

    def _nothing(self, method: str, path: str) -> Answer:
        self.unknown.append(f"{method} {path}")
        return 404, {"message": "Not found"}

    def _folder(self, method: str, uid: str, body: Body) -> Answer:
        if method == "POST" and not uid:
            if body["uid"] in self.folders:
                return 412, {"message": "a folder with that uid already exists"}
            self.folders[body["uid"]] = {**body, "version": 1}
            return 200, self.folders[body["uid"]]
        if uid not in self.folders:
            return 404, {"message": "folder not found"}
        folder = self.folders[uid]
        if method == "GET":
            return 200, folder
        if method == "PUT":
            if body.get("version") != folder["version"] and not body.get("overwrite"):
                return 412, {"message": "the folder has been changed by someone else"}
            folder |= {"title": body["title"], "version": folder["version"] + 1}
            return 200, folder
        return self._nothing(method, f"/folders/{uid}")

    def _source(self, method: str, rest: str, body: Body) -> Answer:
        if method == "GET" and rest.startswith("name/"):
            name = rest.removeprefix("name/")
            found = [source for source in self.sources.values() if source["name"] == name]
            return (200, found[0]) if found else (404, {"message": "Data source not found"})
        if method == "POST" and not rest:
            taken = {(s["name"], s["uid"]) for s in self.sources.values()}
            if any(body["name"] == name or body["uid"] == uid for name, uid in taken):
                return 409, {"message": "data source with the same name already exists"}
            number = len(self.sources) + 1
            self.sources[number] = {**body, "id": number, "readOnly": False}
            return 200, {"id": number, "message": "Datasource added"}
        if method == "PUT" and rest.isdigit() and int(rest) in self.sources:
            self.sources[int(rest)] |= body
            return 200, {"message": "Datasource updated"}
        return self._nothing(method, f"/datasources/{rest}")

    def _board(self, method: str, rest: str, body: Body) -> Answer:
        if method == "GET" and rest.startswith("uid/"):
            found = self.boards.get(rest.removeprefix("uid/"))
            return (200, found) if found else (404, {"message": "Dashboard not found"})
        if method == "POST" and rest == "db":
            return self._save_board(body)
        return self._nothing(method, f"/dashboards/{rest}")

    def _save_board(self, body: Body) -> Answer:
        board, uid = body["dashboard"], body["dashboard"]["uid"]
        standing = self.boards.get(uid)
        if body["folderUid"] not in self.folders:
            return 400, {"message": "folder not found"}
        if standing is None and board["id"] is not None:
            return 404, {"message": "Dashboard not found"}
        if standing is not None and not body["overwrite"]:
            if board["id"] != standing["dashboard"]["id"]:
                return 412, {"status": "name-exists", "message": "uid already exists"}
            if board["version"] != standing["dashboard"]["version"]:
                return 412, {"status": "version-mismatch", "message": "changed by someone else"}
        version = standing["dashboard"]["version"] + 1 if standing else 1
        kept = {**board, "id": board["id"] or len(self.boards) + 1, "version": version}
        self.boards[uid] = {"dashboard": kept, "meta": {"folderUid": body["folderUid"]}}
        return 200, {"uid": uid, "version": version, "status": "success"}

    def _list(self, method: str, uid: str, body: Body) -> Answer:
        if method == "GET" and not uid:
            without = [{k: v for k, v in each.items() if k != "items"} for each in self._lists()]
            return 200, without
        if method == "POST" and not uid:
            made = f"list{len(self.lists) + 1}"
            self.lists[made] = {**body, "uid": made}
            return 200, self.lists[made]
        if uid not in self.lists:
            return 404, {"message": "playlist not found"}
        if method == "PUT":
            self.lists[uid] = {**body, "uid": uid}
        elif method != "GET":
            return self._nothing(method, f"/playlists/{uid}")
        items = [{**item, "title": item["value"]} for item in self.lists[uid]["items"]]
        return 200, {**self.lists[uid], "items": items}

    def _lists(self) -> list[Body]:
        return list(self.lists.values())


@contextmanager
def serving(grafana: StandInGrafana) -> Iterator[str]:
    """Address of a stand-in that answers over HTTP."""

    class Handler(QuietHandler):
        def _answer(self) -> None:
            text = self.body()
            headers = {name.lower(): value for name, value in self.headers.items()}
            content = json.loads(text) if text else None
            status, answer = grafana.answer(self.command, self.path, headers, content)
            self.answer(status, json.dumps(answer).encode())

        do_GET = do_POST = do_PUT = do_DELETE = _answer

    with loopback.serving(Handler) as address:
        yield f"{address}{grafana.prefix}"
