"""What the documents name exists: files, headings, commands, make targets, settings."""

import importlib
import re
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

import pytest
from pydantic_settings import BaseSettings
from typer.core import TyperGroup
from typer.main import get_command

from clusterwatch import cli
from clusterwatch.grafana.settings import GrafanaSettings
from clusterwatch.services import SERVICES, settings_class
from clusterwatch.settings import LauncherSettings
from demo.settings import DemoSettings
from shared.configuration import is_secret

ROOT = Path(__file__).parents[3]
READMES = ("README.md", "README.zh-CN.md")
FOLDERS = ("bench", "clusterwatch", "demo", "deploy", "docs", "services", "shared", "tests")

_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_BLOCK = re.compile(r"^ {4,}\S.*$", re.MULTILINE)
_SPAN = re.compile(r"`([^`\n]+)`")
_HEADING = re.compile(r"^(#{1,6}) (.+)$", re.MULTILINE)
_MAKE = re.compile(r"\bmake ([a-z]+)\b")
_COMMAND = re.compile(r"(?:^|[\s/])clusterwatch ((?:[a-z][a-z-]*)(?: [a-z][a-z-]*)*)")
_SETTING = re.compile(r"CLUSTERWATCH_[A-Z0-9_]+")
_SWITCH = re.compile(r'environ(?:\.get\(|\[)"(CLUSTERWATCH_[A-Z0-9_]+)"')
_PATH = re.compile(rf"(?:{'|'.join(FOLDERS)})/[\w./-]+")


def _pages() -> list[Path]:
    found = [*ROOT.glob("*.md")]
    for folder in FOLDERS:
        found += (ROOT / folder).rglob("*.md")
    return sorted(found)


PAGES = [str(page.relative_to(ROOT)) for page in _pages()]


def _text(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def _code(page: str) -> list[str]:
    """Fenced blocks, indented lines and code spans."""
    text = _text(page)
    fences = _FENCE.findall(text)
    rest = _FENCE.sub("", text)
    return [*fences, *_BLOCK.findall(rest), *_SPAN.findall(rest)]


def _links(page: str) -> list[str]:
    prose = _SPAN.sub("", _FENCE.sub("", _text(page)))
    return [link for link in _LINK.findall(prose) if "://" not in link]


def _anchor(heading: str) -> str:
    """Name of a heading's anchor, as git hosts make it."""
    plain = re.sub(r"[^\w\s-]", "", heading.strip().lower())
    return re.sub(r"\s", "-", plain)


def _makes(page: str) -> set[str]:
    return {name for piece in _code(page) for name in _MAKE.findall(piece)}


def _commands(page: str) -> set[tuple[str, ...]]:
    """Words after `clusterwatch`, with the name of a sub-command where there are some."""
    found = set()
    for piece in _code(page):
        for words in _COMMAND.findall(piece):
            name, *rest = words.split()
            found.add((name, *rest[:1]) if _subcommands(name) else (name,))
    return found


def _subcommands(name: str) -> set[str]:
    if name not in cli.command_names():
        return set()
    module = importlib.import_module(f"clusterwatch.commands.{name.replace('-', '_')}")
    if not hasattr(module, "app"):
        return set()
    group = get_command(module.app)
    return set(group.commands) if isinstance(group, TyperGroup) else set()


def _known_settings() -> set[str]:
    classes: list[type[BaseSettings]] = [LauncherSettings, DemoSettings, GrafanaSettings]
    classes += map(settings_class, SERVICES)
    return {f"CLUSTERWATCH_{name.upper()}" for each in classes for name in each.model_fields}


def _test_switches() -> set[str]:
    """Variables that only tests read."""
    files = [*(ROOT / "tests").rglob("*.py"), *(ROOT / "shared" / "testing").rglob("*.py")]
    texts = (file.read_text(encoding="utf-8") for file in files)
    return {name for text in texts for name in _SWITCH.findall(text)}


def _paths(page: str) -> Iterator[str]:
    for span in _SPAN.findall(_FENCE.sub("", _text(page))):
        if _PATH.fullmatch(span):
            # SERVICE and the like stand for names that the reader puts in.
            parts = takewhile(lambda part: not part.isupper(), span.split("/"))
            yield "/".join(parts)


@pytest.mark.parametrize("page", PAGES)
def test_every_link_and_image_leads_to_a_file_and_a_heading(page: str) -> None:
    for link in _links(page):
        path, _, anchor = link.partition("#")
        target = (ROOT / page).parent / path if path else ROOT / page
        assert target.exists(), f"{page}: {link}"
        if anchor:
            headings = [text for _, text in _HEADING.findall(target.read_text(encoding="utf-8"))]
            assert anchor in map(_anchor, headings), f"{page}: {link}"


@pytest.mark.parametrize("page", PAGES)
def test_every_path_that_is_named_exists(page: str) -> None:
    for path in _paths(page):
        assert (ROOT / path).exists(), f"{page}: {path}"


@pytest.mark.parametrize("page", PAGES)
def test_every_make_target_exists(page: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert _makes(page) <= set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))


@pytest.mark.parametrize("page", PAGES)
def test_every_command_exists(page: str) -> None:
    for name, *sub in _commands(page):
        assert name in cli.command_names(), f"{page}: clusterwatch {name}"
        if sub:
            assert set(sub) <= _subcommands(name), f"{page}: clusterwatch {name} {sub[0]}"


def _secret_settings() -> set[str]:
    kinds: list[type[BaseSettings]] = [GrafanaSettings, *map(settings_class, SERVICES)]
    fields = ((name, field) for kind in kinds for name, field in kind.model_fields.items())
    return {name for name, field in fields if is_secret(field)}


@pytest.mark.parametrize("page", PAGES)
def test_every_setting_exists(page: str) -> None:
    named = {name for name in _SETTING.findall(_text(page)) if not name.endswith("_")}
    # Every secret may come from a file that `…_FILE` names.
    secret = {f"CLUSTERWATCH_{name}_FILE".upper() for name in _secret_settings()}
    assert named - secret <= _known_settings() | _test_switches()


def test_the_documents_name_commands_and_settings_at_all() -> None:
    assert len(_makes("README.md")) >= 2
    assert ("topics", "ensure") in _commands("docs/operations/brokers.md")
    assert len(_commands("README.md")) >= 3
    assert "CLUSTERWATCH_DATABASE_URL" in _text("docs/operations/settings.md")


def test_both_readmes_have_the_same_headings_links_and_commands() -> None:
    english, chinese = READMES
    levels = [[level for level, _ in _HEADING.findall(_text(page))] for page in READMES]
    assert levels[0] == levels[1]
    assert _commands(english) == _commands(chinese)
    blocks = [_BLOCK.findall(_FENCE.sub("", _text(page))) for page in READMES]
    assert blocks[0] == blocks[1]
    assert set(_links(english)) - {chinese} == set(_links(chinese)) - {english}
    assert _makes(english) == _makes(chinese)
    assert set(_SETTING.findall(_text(english))) == set(_SETTING.findall(_text(chinese)))


def test_every_page_of_the_documentation_can_be_reached_from_the_readme() -> None:
    reached: set[Path] = set()
    waiting = [ROOT / "README.md"]
    while waiting:
        page = waiting.pop().resolve()
        if page in reached:
            continue
        reached.add(page)
        for link in _links(str(page.relative_to(ROOT))):
            target = (page.parent / link.partition("#")[0]).resolve()
            if target.suffix == ".md" and target.exists():
                waiting.append(target)
    pages = {page.resolve() for page in (ROOT / "docs").rglob("*.md")}
    assert pages <= reached
