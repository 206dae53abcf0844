"""The console script `clusterwatch`: finds its commands in `clusterwatch.commands`."""

import ast
import importlib
import pkgutil
import sys
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command as build_command

from clusterwatch import commands
from clusterwatch.console import complain, fail

_FOLDER = Path(commands.__path__[0])


def command_names() -> list[str]:
    """Names of all commands, as typed."""
    return sorted(
        info.name.replace("_", "-")
        for info in pkgutil.iter_modules([str(_FOLDER)])
        if not info.name.startswith("_")
    )


def summary(name: str) -> str:
    """First line of the docstring of a command's file, which is not imported for it."""
    source = (_FOLDER / f"{name.replace('-', '_')}.py").read_text(encoding="utf-8")
    text = ast.get_docstring(ast.parse(source)) or ""
    return text.splitlines()[0] if text else ""


class LazyCommands(TyperGroup):
    """Imports a command's file when it is called, and only then."""

    _listing = False

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401, ARG002 - typer's signature
        """Names of all commands."""
        return command_names()

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401, ARG002 - likewise
        """The command, or while help is printed a stand-in that only knows its help."""
        if cmd_name not in command_names():
            return None
        if self._listing:
            return TyperCommand(cmd_name, help=summary(cmd_name))
        return _load(cmd_name)

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 - typer's signature
        """List the commands without importing them."""
        self._listing = True
        try:
            super().format_help(ctx, formatter)
        finally:
            self._listing = False


def _load(name: str) -> Any:  # noqa: ANN401 - typer's command class is private
    try:
        module = importlib.import_module(f"clusterwatch.commands.{name.replace('-', '_')}")
    except ImportError as error:
        fail(f"the command {name} cannot be loaded: {error}")
    app = getattr(module, "app", None)
    if not isinstance(app, typer.Typer):
        app = typer.Typer(add_completion=False)
        app.command(name, help=module.command.__doc__ or module.__doc__)(module.command)
    command = build_command(app)
    command.name = name
    return command


app = typer.Typer(
    cls=LazyCommands,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    help="Follows industrial clusters towards the targets of their plans, on Kafka.",
)


@app.callback()
def _options() -> None:
    """Without a callback, typer would want a command of its own."""


def main() -> None:
    """Entry point of the console script; a wrong configuration is an error, not a traceback."""
    try:
        app()
    except Exception as error:
        from clusterwatch.configuration import explain  # noqa: PLC0415 - only now it is needed

        message = explain(error)
        if message is None:
            raise
        complain(message)
        sys.exit(1)
