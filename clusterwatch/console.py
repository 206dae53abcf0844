"""Words to the person at the terminal."""

import os
import shlex
import subprocess
import tempfile
from pathlib import Path
from typing import NoReturn

import typer
from rich.console import Console

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def edit(text: str, suffix: str) -> str:
    """The text after $VISUAL, $EDITOR or vi was open on it; ends the command without an editor."""
    words = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"value{suffix}"
        file.write_text(text, encoding="utf-8")
        try:
            subprocess.run([*words, str(file)], check=True)  # noqa: S603 - the person's own editor
        except (OSError, subprocess.CalledProcessError) as error:
            fail(f"the editor {words[0]} did not end well ({error}): set EDITOR, or use --value")
        return file.read_text(encoding="utf-8")


def fail(message: str, code: int = 1) -> NoReturn:
    """Print what went wrong to standard error and end the command with `code`."""
    complain(message)
    raise typer.Exit(code)


def complain(message: str) -> None:
    """Print what went wrong to standard error."""
    err.print(f"[bold red]error:[/] {_plain(message)}", soft_wrap=True)


def warn(message: str) -> None:
    """Print a warning to standard error."""
    err.print(f"[yellow]warning:[/] {_plain(message)}", soft_wrap=True)


def _plain(message: str) -> str:
    return message.replace("[", r"\[")
