"""Words to the person at the terminal."""

from typing import NoReturn

import typer
from rich.console import Console

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


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
