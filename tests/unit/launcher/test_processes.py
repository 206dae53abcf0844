import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from clusterwatch.launcher.children import Child
from clusterwatch.launcher.errors import LaunchError
from clusterwatch.launcher.ports import free_ports, is_free
from clusterwatch.launcher.processes import ProcessSpec, StopRequested, Supervisor
from shared.testing.waiting import wait_until

FOREVER = "import signal; signal.pause()"
DEAF = """
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf", flush=True)
signal.pause()
"""
# Says its name when it is stopped, so that the order can be read from one file.
POLITE = """
import signal, sys
def leave(*_):
    with open(sys.argv[1], "a") as file:
        file.write(sys.argv[2] + "\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, leave)
print("ready", flush=True)
signal.pause()
"""


def spec(
    tmp_path: Path, name: str, code: str, *arguments: str, may_end: bool = False
) -> ProcessSpec:
    command = [sys.executable, "-c", code, *arguments]
    return ProcessSpec(name, command, tmp_path / f"{name}.log", may_end=may_end)


def wait_for_words(log: Path, words: str) -> None:
    wait_until(lambda: words in log.read_text(), seconds=60, what=f"{log} says {words!r}")


def test_children_stop_in_reverse_order(tmp_path: Path) -> None:
    supervisor = Supervisor()
    said = tmp_path / "said"
    with supervisor.supervised():
        for name in ("first", "second", "third"):
            supervisor.start(spec(tmp_path, name, POLITE, str(said), name))
            wait_for_words(tmp_path / f"{name}.log", "ready")
    assert said.read_text().split() == ["third", "second", "first"]


def test_when_one_ends_all_end_and_its_last_words_are_told(tmp_path: Path) -> None:
    supervisor = Supervisor()
    others: list[Child] = []

    def run() -> None:
        with supervisor.supervised():
            others.extend(supervisor.start(spec(tmp_path, "ingest", FOREVER)))
            supervisor.start(spec(tmp_path, "metrics", "print('disk full', flush=True); exit(3)"))
            supervisor.watch()

    with pytest.raises(
        LaunchError, match=r"metrics ended with code 3(.|\n)*metrics\.log(.|\n)*disk"
    ):
        run()
    assert not others[0].running


def test_a_feed_may_finish(tmp_path: Path) -> None:
    told: list[str] = []
    supervisor = Supervisor(told.append)

    def run() -> None:
        with supervisor.supervised():
            (feed,) = supervisor.start(spec(tmp_path, "demo", "pass", may_end=True))
            feed.process.wait()
            supervisor.start(spec(tmp_path, "ingest", "exit(1)"))
            supervisor.watch()

    with pytest.raises(LaunchError, match="ingest ended with code 1"):
        run()
    assert "demo has finished" in told


def test_a_signal_stops_everything(tmp_path: Path) -> None:
    supervisor = Supervisor()
    children: list[Child] = []

    def run() -> None:
        with supervisor.supervised():
            children.extend(supervisor.start(spec(tmp_path, "ingest", FOREVER)))
            threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGTERM)).start()
            supervisor.watch()

    with pytest.raises(StopRequested):
        run()
    assert children[0].exit_code == -signal.SIGTERM


def test_a_second_signal_kills_what_does_not_stop(tmp_path: Path) -> None:
    log = tmp_path / "deaf.log"
    launcher = (
        "import pathlib, sys\n"
        "from clusterwatch.launcher.processes import ProcessSpec, Supervisor\n"
        "supervisor = Supervisor(lambda text: print(text, flush=True))\n"
        f"command = [sys.executable, '-c', {DEAF!r}]\n"
        f"spec = ProcessSpec('deaf', command, pathlib.Path({str(log)!r}))\n"
        "with supervisor.supervised():\n"
        "    print(supervisor.start(spec)[0].process.pid, flush=True)\n"
        "    supervisor.watch()\n"
    )
    with subprocess.Popen([sys.executable, "-c", launcher], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        deaf = int(process.stdout.readline())
        wait_for_words(log, "deaf")
        process.send_signal(signal.SIGINT)
        assert process.stdout.readline() == b"stopping deaf\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=10) == 128 + signal.SIGINT
    wait_until_gone(deaf)


def test_a_child_does_not_hear_ctrl_c_in_the_terminal(tmp_path: Path) -> None:
    child = Child.start("x", [sys.executable, "-c", FOREVER], log=tmp_path / "log")
    try:
        assert os.getpgid(child.process.pid) != os.getpgid(0)
    finally:
        child.kill()


@pytest.mark.skipif(sys.platform != "linux", reason="prctl is Linux'")
def test_a_child_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    parent = (
        "import sys, signal, pathlib\n"
        "from clusterwatch.launcher.children import Child\n"
        f"child = Child.start('x', [sys.executable, '-c', {FOREVER!r}],"
        f" log=pathlib.Path({str(tmp_path / 'log')!r}))\n"
        "print(child.process.pid, flush=True)\n"
        "signal.pause()\n"
    )
    with subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        orphan = int(process.stdout.readline())
        process.kill()
    wait_until_gone(orphan)


def wait_until_gone(pid: int) -> None:
    try:
        wait_until(lambda: not is_running(pid), seconds=60, what=f"process {pid} is gone")
    except TimeoutError:
        os.kill(pid, signal.SIGKILL)
        raise


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def test_a_program_that_ignores_the_signal_is_killed(tmp_path: Path) -> None:
    child = Child.start("x", [sys.executable, "-c", DEAF], log=tmp_path / "log")
    wait_for_words(tmp_path / "log", "deaf")
    child.stop(patience=0.1)
    assert child.exit_code == -signal.SIGKILL


def test_ports_are_free_and_different_and_the_wish_is_granted() -> None:
    first, second = free_ports(2)
    assert first != second
    assert free_ports(2, [first])[0] == first
    assert is_free(second)
