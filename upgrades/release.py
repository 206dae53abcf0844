"""``python -m upgrades.release COMMIT``: keep what the tests of later versions need of this one.

Writes `tests/data/releases/VERSION`: the commit, its schemas, the columns that its program uses,
its JSON Schemas, and records of every topic from a run of it. Run it once for a release, with the
commit that is released; needs Java and git.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

import msgspec

from chaos.processes import clean_environment
from shared.testing.releases import HOME, Message, Release, Uses
from upgrades.programs import Program, archived, full_name, why_not
from upgrades.record import record

_ASK = """
import json
from shared.storage.migrations import metadata_of
names = ("ingest", "metrics", "alerts", "access")
print(json.dumps({
    name: {table.name: [column.name for column in table.columns] for table in tables.sorted_tables}
    for name, tables in ((name, metadata_of(name)) for name in names)
}))
"""
"""Asked of the released program itself: what it uses may be less than its database holds."""


def main() -> int:
    """Write the folder of a release that is not there yet."""
    parser = argparse.ArgumentParser(prog="python -m upgrades.release", description=__doc__)
    parser.add_argument("commit")
    parser.add_argument("--again", action="store_true", help="replace what is kept of this version")
    wanted = parser.parse_args()
    reason = why_not(wanted.commit)
    if reason is not None:
        sys.stderr.write(f"{reason}\n")
        return 1
    clean_environment()
    with tempfile.TemporaryDirectory(prefix="release-") as name:
        folder = Path(name)
        program = archived(wanted.commit, folder / "program")
        target = HOME / version_of(program)
        if target.exists() and not wanted.again:
            sys.stderr.write(f"{target} is there already; --again replaces it\n")
            return 1
        release = Release(target.name, full_name(wanted.commit), uses(program))
        messages = record(program, folder / "run")
        for topic, example in examples(program).items():
            messages[topic].append(example)
        write(release, program, messages)
    sys.stdout.write(f"{target}\n")
    return 0


def version_of(program: Program) -> str:
    """The version that its pyproject.toml names."""
    read = tomllib.loads((program.root / "pyproject.toml").read_text(encoding="utf-8"))
    return str(read["project"]["version"])


def uses(program: Program) -> dict[str, Uses]:
    """What a program knows of its databases."""
    asked = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", _ASK],
        cwd=program.root,
        env={"PYTHONPATH": str(program.root)},
        capture_output=True,
        text=True,
        check=True,
    )
    newest = program.schemas()
    return {
        service: Uses(newest[service], {name: tuple(columns) for name, columns in tables.items()})
        for service, tables in json.loads(asked.stdout).items()
    }


def examples(program: Program) -> dict[str, Message]:
    """The example of each topic's contract: it has more of the optional fields."""
    file = program.root / "docs" / "contracts" / "asyncapi.json"
    described = json.loads(file.read_text(encoding="utf-8"))["components"]["messages"]
    return {
        topic: Message(None, json.dumps(example["payload"], ensure_ascii=False))
        for topic, message in described.items()
        for example in message.get("examples", ())
    }


def write(release: Release, program: Program, messages: dict[str, list[Message]]) -> None:
    """Make its folder anew."""
    shutil.rmtree(release.folder, ignore_errors=True)
    (release.folder / "messages").mkdir(parents=True)
    shutil.copytree(program.root / "docs" / "contracts", release.folder / "contracts")
    for name in ("asyncapi.json", "README.md"):
        (release.folder / "contracts" / name).unlink()
    for topic, kept in messages.items():
        lines = b"".join(msgspec.json.encode(one) + b"\n" for one in kept)
        (release.folder / "messages" / f"{topic}.ndjson").write_bytes(lines)
    text = json.dumps(msgspec.to_builtins(release), indent=1, ensure_ascii=False)
    (release.folder / "release.json").write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
