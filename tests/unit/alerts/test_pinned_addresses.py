"""The address that was checked is the one that is called, and answers cannot swamp the service."""

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from ipaddress import ip_network
from pathlib import Path

import httpx
import pytest

from services.alerts.adapters.channels.guard import TargetGuard
from services.alerts.adapters.channels.pinned import PinnedTransport, new_client
from services.alerts.adapters.channels.posting import Poster
from services.alerts.domain.delivery import SendOutcome, SendResult
from shared.testing.certificates import TestAuthority
from shared.testing.loopback import QuietHandler, serving

LOOPBACK = (ip_network("127.0.0.0/8"),)
_MIB = 1024 * 1024


class Server:
    """Answers with what it is told; remembers whom it was called as."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.hosts: list[str] = []
        self.status, self.headers, self.body = 200, dict[str, str](), b"ok"
        server = self

        class Handler(QuietHandler):
            def do_POST(self) -> None:
                self.body()
                server.hosts.append(self.headers["Host"])
                self.send_response(server.status)
                for name, value in server.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                try:
                    self.wfile.write(server.body)
                except OSError:
                    return  # the client has read enough

        self._open = ExitStack()
        address = self._open.enter_context(serving(Handler, context))
        self.port = int(address.rpartition(":")[2])

    def stop(self) -> None:
        self._open.close()


@pytest.fixture
def server() -> Iterator[Server]:
    found = Server()
    yield found
    found.stop()


class Resolver:
    """Answers otherwise each time, as a rebinding name server does."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    def __call__(self, host: str) -> list[str]:
        self.asked.append(host)
        return self.answers.pop(0)


def judge(response: httpx.Response) -> SendResult:
    outcome = SendOutcome.OK if response.is_success else SendOutcome.PERMANENT_CONFIG
    return SendResult(outcome, f"{response.status_code} {len(response.content)}")


def post(guard: TargetGuard, url: str, times: int = 1) -> list[SendResult]:
    async def run() -> list[SendResult]:
        async with new_client(guard) as client:
            return [await Poster(client).post(url, url, {"a": 1}, judge) for _ in range(times)]

    return asyncio.run(run())


def test_a_host_is_looked_up_once_for_each_message_and_keeps_its_name(server: Server) -> None:
    resolver = Resolver(["127.0.0.1"])
    url = f"http://robot.test:{server.port}/hook"
    (result,) = post(TargetGuard(LOOPBACK, lookup=resolver), url)
    assert result.outcome is SendOutcome.OK
    assert resolver.asked == ["robot.test"]
    assert server.hosts == [f"robot.test:{server.port}"]


def test_a_name_that_points_inside_the_second_time_is_refused_then(server: Server) -> None:
    # Public the first time, this machine the second time: neither answer is called twice.
    resolver = Resolver(["127.0.0.1"], ["169.254.169.254"])
    url = f"http://robot.test:{server.port}/hook"
    first, second = post(TargetGuard(LOOPBACK, lookup=resolver), url, times=2)
    assert first.outcome is SendOutcome.OK
    assert second.outcome is SendOutcome.PERMANENT_CONFIG
    assert "not a public address" in second.detail
    assert len(server.hosts) == 1


def test_a_name_server_that_hangs_holds_no_thread_that_others_need() -> None:
    asked, hangs = list[str](), threading.Event()

    def lookup(host: str) -> list[str]:
        asked.append(host)
        hangs.wait(120)
        return ["127.0.0.1"]

    async def run() -> None:
        guard = TargetGuard(LOOPBACK, lookup=lookup)
        taken = httpx.MockTransport(lambda _request: httpx.Response(200))
        async with httpx.AsyncClient(transport=PinnedTransport(guard, taken)) as client:
            sent = [asyncio.create_task(client.post(f"http://r{n}.test")) for n in range(40)]
            while len(asked) < 4:  # noqa: ASYNC110 - threads signal nothing here
                await asyncio.sleep(0.01)
            try:
                await asyncio.wait_for(asyncio.to_thread(str), 30)
            finally:
                hangs.set()
            answers = await asyncio.gather(*sent)
        assert {answer.status_code for answer in answers} == {200}

    asyncio.run(run())


def test_what_is_connected_to_is_the_address_that_was_checked() -> None:
    called: list[tuple[str, str, object]] = []

    async def answer(request: httpx.Request) -> httpx.Response:
        host = request.headers["Host"]
        called.append((request.url.host, host, request.extensions["sni_hostname"]))
        if request.url.host == "93.184.216.34":
            raise httpx.ConnectError("away")
        return httpx.Response(200)

    guard = TargetGuard(lookup=lambda _host: ["93.184.216.34", "2606:4700::1111"])

    async def run() -> None:
        transport = PinnedTransport(guard, httpx.MockTransport(answer))
        async with httpx.AsyncClient(transport=transport) as client:
            assert (await client.post("https://robot.test/hook")).status_code == 200

    asyncio.run(run())
    assert called == [
        ("93.184.216.34", "robot.test", "robot.test"),
        ("2606:4700::1111", "robot.test", "robot.test"),
    ]


def test_the_certificate_must_be_the_hosts_not_the_addresses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = TestAuthority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.issue("robot", "robot.test"))
    server = Server(context)
    guard = TargetGuard(LOOPBACK, lookup=lambda _host: ["127.0.0.1"])

    async def run(name: str) -> httpx.Response:
        trusted = httpx.AsyncHTTPTransport(verify=ssl.create_default_context(cafile=authority.file))
        async with httpx.AsyncClient(transport=PinnedTransport(guard, trusted)) as client:
            return await client.post(f"https://{name}:{server.port}/", content=b"{}")

    try:
        assert asyncio.run(run("robot.test")).status_code == 200
        with pytest.raises(httpx.ConnectError, match="certificate"):
            asyncio.run(run("other.test"))
    finally:
        server.stop()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_not_followed(server: Server, status: int) -> None:
    server.status = status
    server.headers = {"Location": f"http://127.0.0.1:{server.port}/elsewhere"}
    (result,) = post(TargetGuard(LOOPBACK), f"http://127.0.0.1:{server.port}/")
    assert result.outcome is SendOutcome.PERMANENT_CONFIG
    assert len(server.hosts) == 1


def test_no_more_of_an_answer_is_read_than_is_looked_at(server: Server) -> None:
    server.body = b"x" * (8 * _MIB)
    (result,) = post(TargetGuard(LOOPBACK), f"http://127.0.0.1:{server.port}/")
    assert result.detail == "200 65536"


def test_a_packed_answer_is_not_unpacked(server: Server) -> None:
    server.headers = {"Content-Encoding": "gzip"}
    server.body = b"no gzip at all"
    (result,) = post(TargetGuard(LOOPBACK), f"http://127.0.0.1:{server.port}/")
    assert result.detail == "200 14"
