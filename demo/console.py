"""What the simulation prints: a progress bar on a terminal, plain lines elsewhere."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from demo.inbox import Notice
from demo.live import Due

BANNER = (
    "模拟统计系统 · 企业、项目和数字均为虚构 / "
    "simulated statistics system: all enterprises, projects and figures are invented"
)
_PLAIN_STEPS = 10


class Teller:
    """Writes to one console."""

    def __init__(self, console: Console, names: dict[str, str]) -> None:
        self._console = console
        self._names = names

    def say(self, text: str) -> None:
        """One line, marked as simulated."""
        self._console.print(f"[模拟] {text}", markup=False, highlight=False, soft_wrap=True)

    def sent(self, due: Due) -> None:
        """What was just sent in the live part; enterprises are not named."""
        home = self._names.get(due.home, due.home)
        self.say(f"{due.message.note.value:<10} {home}")

    def received(self, notice: Notice) -> None:
        """An alert that arrived in the inbox."""
        self.say(f"收到{notice.status} [{notice.colour}] {notice.title}")

    @contextmanager
    def progress(self, what: str, total: int) -> Iterator[Callable[[], None]]:
        """Call the given function once for each record sent."""
        if self._console.is_terminal:
            with self._bar(what, total) as advance:
                yield advance
        else:
            yield self._lines(what, total)

    @contextmanager
    def _bar(self, what: str, total: int) -> Iterator[Callable[[], None]]:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, TimeRemainingColumn(), console=self._console) as progress:
            task = progress.add_task(f"模拟 {what}", total=total)
            yield lambda: progress.advance(task)

    def _lines(self, what: str, total: int) -> Callable[[], None]:
        done = 0
        step = max(1, -(-total // _PLAIN_STEPS))

        def advance() -> None:
            nonlocal done
            done += 1
            if done % step == 0 or done == total:
                self.say(f"{what}: {done}/{total}")

        return advance
