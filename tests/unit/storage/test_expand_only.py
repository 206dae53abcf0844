"""From the oldest release that is kept on, migrations only add: its programs go on beside them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, text

from shared.settings import CommonSettings
from shared.storage import open_engine, reading, writing
from shared.storage.migrations import compatibility, revisions
from shared.testing.expanding import ColumnForm, TableForm, broken, forms, overwritten
from shared.testing.released_schemas import DATABASES, upgrade
from shared.testing.releases import Release, releases

RELEASES = releases()
NEWEST_RELEASE = RELEASES[-1]
BEFORE_THE_RULE = {
    "metrics_003": "metrics_002",
    "alerts_003": "alerts_002",
    "ingest_004": "ingest_003",
}
"""Migrations that no program of before them survives, and what they followed."""


def later(service: str, revision: str) -> tuple[str, ...]:
    """Revisions after one."""
    known = revisions(service)
    return known[known.index(revision) + 1 :]


def promised(release: Release, service: str) -> list[str]:
    """Revisions that came after a release and say that its program can work with them."""
    known, knows = revisions(service), release.stores[service].revision
    return [
        revision
        for revision in later(service, knows)
        if known.index(compatibility(service, revision)) <= known.index(knows)
    ]


STEPS = [
    pytest.param(release, service, revision, id=f"{release.version}-{revision}")
    for release in RELEASES
    for service in DATABASES
    for revision in promised(release, service)
]


def problems(
    engine: Engine, service: str, old: str, new: str, used: dict[str, tuple[str, ...]] | None
) -> list[str]:
    """What a program for revision `old` stumbles over at `new`."""
    statements: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    upgrade(engine, service, old)
    with reading(engine) as connection:
        before = forms(connection)
    event.listen(engine, "before_cursor_execute", note)
    upgrade(engine, service, new)
    event.remove(engine, "before_cursor_execute", note)
    with reading(engine) as connection:
        after = forms(connection)
    known = {name: tuple(form.columns) for name, form in before.items()} if used is None else used
    return broken(before, after, known) + overwritten(statements, known)


def opened(service: str, folder: Path) -> Engine:
    return open_engine(CommonSettings(data_dir=folder, database_url=None), service)


@pytest.mark.parametrize("service", DATABASES)
def test_the_newest_release_survives_the_newest_schema(service: str) -> None:
    known, knows = revisions(service), NEWEST_RELEASE.stores[service].revision

    oldest = compatibility(service)

    assert known.index(oldest) <= known.index(knows), (
        f"{known[-1]} needs a program that knows {oldest}, and {NEWEST_RELEASE.version} knows only "
        f"those up to {knows}: take away one version after nothing uses it any more"
    )


@pytest.mark.parametrize(("release", "service", "revision"), STEPS)
def test_a_migration_only_adds_to_what_a_release_knows(
    release: Release, service: str, revision: str, tmp_path: Path
) -> None:
    uses = release.stores[service]
    engine = opened(service, tmp_path)

    found = problems(engine, service, uses.revision, revision, uses.tables)

    engine.dispose()
    assert found == []


@pytest.mark.postgres
@pytest.mark.parametrize(("release", "service", "revision"), STEPS)
def test_a_migration_only_adds_on_postgresql(
    release: Release, service: str, revision: str, empty_schema: Callable[[str], Engine]
) -> None:
    uses = release.stores[service]

    found = problems(empty_schema(service), service, uses.revision, revision, uses.tables)

    assert found == []


@pytest.mark.parametrize("revision", BEFORE_THE_RULE)
def test_migrations_of_before_the_rule_that_break_a_program_are_found(
    revision: str, tmp_path: Path
) -> None:
    service = revision.partition("_")[0]
    engine = opened(service, tmp_path)

    found = problems(engine, service, BEFORE_THE_RULE[revision], revision, None)

    engine.dispose()
    assert found
    assert compatibility(service, revision) == revision


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ("alter table line drop column month", "line.month: the column is gone"),
        ("alter table line rename column ytd to total", "line.ytd: the column is gone"),
        ("drop table feed", "feed: the table is gone"),
        ("alter table line rename to lines", "line: the table is gone"),
        ("drop index year_part_total", "year_part: the index on closing, unit_id is gone"),
        (
            "create unique index one_name on registration (name)",
            "registration: name must be unique now",
        ),
        (
            "alter table line add column share integer not null",
            "line.share: a program that does not know it cannot add rows: it needs a default",
        ),
        ("delete from line where ytd is null", "line: rows are deleted"),
        ("update line set share = 1, ytd = 0 where ytd is null", "line.ytd: values are replaced"),
    ],
)
def test_what_would_break_a_program_is_found(change: str, problem: str, tmp_path: Path) -> None:
    engine = opened("ingest", tmp_path)
    upgrade(engine, "ingest", "head")
    with writing(engine) as connection:
        before = forms(connection)
        if "share = 1" in change:
            connection.execute(text("alter table line add column share integer"))
        connection.execute(text(change.replace(" not null", " not null default 0")))
        after = forms(connection)
    engine.dispose()
    if "not null" in change:  # SQLite itself refuses such a column without a default
        column = after["line"].columns["share"]
        after["line"].columns["share"] = type(column)(column.type, False, False)  # type: ignore[index]  # noqa: FBT003
    used = {name: tuple(form.columns) for name, form in before.items()}

    assert broken(before, after) + overwritten([change], used) == [problem]


OLD = TableForm(
    {
        "a": ColumnForm("BIGINT", nullable=False, default=True),
        "b": ColumnForm("VARCHAR(9)", nullable=True, default=False),
        "c": ColumnForm("TEXT", nullable=False, default=False),
    },
    unique=frozenset({frozenset({"a"}), frozenset({"b", "c"})}),
    indexes=frozenset({("c", "b")}),
    checks=frozenset(),
    references=frozenset(),
)


def changed(name: str, **form: Any) -> TableForm:
    return replace(OLD, columns={**OLD.columns, name: replace(OLD.columns[name], **form)})


@pytest.mark.parametrize(
    ("new", "problem"),
    [
        (changed("a", type="INTEGER"), ".a: was BIGINT, is INTEGER"),
        (changed("b", type="VARCHAR(8)"), ".b: was VARCHAR(9), is VARCHAR(8)"),
        (changed("b", type="TEXT"), ""),
        (changed("b", nullable=False, default=True), ".b: may no longer be null"),
        (changed("c", nullable=True), ".c: may be null now, which readers of before do not expect"),
        (changed("a", default=False), ".a: has lost its default"),
        (replace(OLD, unique=frozenset({frozenset({"b", "c"})})), ": a is no longer unique"),
        (replace(OLD, checks=frozenset({"a > 0"})), ": rows must fulfil a > 0 now"),
        (replace(OLD, checks=frozenset({"d > 0"})), ""),
        (
            replace(OLD, references=frozenset({frozenset({"c"})})),
            ": c must be in another table now",
        ),
        (replace(OLD, indexes=frozenset()), ": the index on c, b is gone"),
    ],
)
def test_each_rule_finds_what_it_is_for(new: TableForm, problem: str) -> None:
    assert broken({"t": OLD}, {"t": new}) == ([f"t{problem}"] if problem else [])


def test_keys_of_forgotten_columns_may_go() -> None:
    new = replace(OLD, unique=frozenset({frozenset({"a"})}), indexes=frozenset())

    assert len(broken({"t": OLD}, {"t": new})) == 2
    assert broken({"t": OLD}, {"t": new}, {"t": ("a", "c")}) == []


def test_a_table_that_is_emptied_is_found() -> None:
    assert overwritten(['TRUNCATE TABLE "line"'], {"line": ()}) == ["line: rows are deleted"]


ADDITIONS: Sequence[str] = (
    "alter table line add column note varchar",
    "alter table line add column share integer not null default 0",
    "create table extra (id integer primary key)",
    "create index line_by_month on line (month)",
    "create unique index line_by_note on line (note)",
    "update line set note = 'a'",
)


def test_what_only_adds_is_let_through(tmp_path: Path) -> None:
    engine = opened("ingest", tmp_path)
    upgrade(engine, "ingest", "head")
    with writing(engine) as connection:
        before = forms(connection)
        for change in ADDITIONS:
            connection.execute(text(change))
        after = forms(connection)
    engine.dispose()
    used = {name: tuple(form.columns) for name, form in before.items()}

    assert broken(before, after) == []
    assert overwritten(ADDITIONS, used) == []


def test_what_a_release_has_stopped_using_may_go(tmp_path: Path) -> None:
    engine = opened("alerts", tmp_path)
    upgrade(engine, "alerts", "head")
    with writing(engine) as connection:
        before = forms(connection)
        connection.execute(text("drop index alert_by_unit"))
        connection.execute(text("alter table delivery drop column due_ms"))
        after = forms(connection)
    engine.dispose()
    used = {name: tuple(form.columns) for name, form in before.items()}

    assert len(broken(before, after, used)) == 2
    used["delivery"] = tuple(name for name in used["delivery"] if name != "due_ms")
    assert broken(before, after, used) == ["alert: the index on unit, plan is gone"]
    used["alert"] = tuple(name for name in used["alert"] if name != "unit")
    assert broken(before, after, used) == [
        "alert.unit: a program that does not know it cannot add rows: it needs a default"
    ]
