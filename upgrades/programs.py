"""Versions of the program as folders: this checkout, a commit, a made-up next version."""

import io
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from shared.storage.migrations import versions_dir
from shared.testing.released_schemas import DATABASES
from shared.testing.trials import checked_out

ROOT = Path(__file__).parents[1]
PACKAGES = ("clusterwatch", "services", "shared")
_RECORDS = ("docs/contracts", "pyproject.toml")
_MADE_UP = "tomorrow"
_SHORT = 9  # digits of a commit, for people
_TABLES = {"ingest": "line", "metrics": "metrics_fact", "alerts": "alert", "access": "access_token"}
"""A table of each database that is read and written all the time."""
_STRUCTS = ("facts", "status", "notices", "alert_events")
_KEY = "    @property\n    def key(self)"


@dataclass(frozen=True, slots=True)
class Program:
    """One version, ready to be run with this Python and its packages."""

    name: str
    root: Path

    def schemas(self) -> dict[str, str]:
        """The newest revision of each database that it knows."""
        return {service: self._revisions(service)[-1] for service in DATABASES}

    def _revisions(self, service: str) -> list[str]:
        folder = self.root / versions_dir(service).relative_to(ROOT)
        return sorted("_".join(file.stem.split("_")[:2]) for file in folder.glob("*_*.py"))

    def run(self, *arguments: str, environment: Mapping[str, str]) -> tuple[int, str]:
        """Exit code and output of `clusterwatch …`."""
        done = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-m", "clusterwatch", *arguments],
            cwd=self.root,
            env={**environment, "PYTHONPATH": str(self.root)},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr


def present() -> Program:
    """This checkout as it is, with what is not committed yet."""
    return Program(checked_out(), ROOT)


def why_not(commit: str) -> str | None:
    """Why a commit cannot be run here, in one line; null when it can."""
    git = shutil.which("git")
    if git is None:
        return "there is no git here"
    asked = [git, "-C", str(ROOT), "cat-file", "-e", f"{commit}^{{commit}}"]
    known = subprocess.run(asked, capture_output=True, check=False).returncode == 0  # noqa: S603
    return None if known else f"the history here does not reach back to {commit}"


def full_name(commit: str) -> str:
    """All 40 digits of a commit; raises CalledProcessError."""
    git = shutil.which("git") or "git"
    asked = [git, "-C", str(ROOT), "rev-parse", "--verify", f"{commit}^{{commit}}"]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603


def archived(commit: str, folder: Path) -> Program:
    """A commit, unpacked into an empty folder; raises CalledProcessError."""
    git = shutil.which("git") or "git"
    folder.mkdir(parents=True)
    wanted = subprocess.run(  # noqa: S603 - git on our own history
        [git, "-C", str(ROOT), "archive", commit, *PACKAGES, *_RECORDS],
        capture_output=True,
        check=True,
    )
    with tarfile.open(fileobj=io.BytesIO(wanted.stdout)) as tree:
        tree.extractall(folder, filter="data")
    return Program(commit[:_SHORT], folder)


def next_version(base: Program, folder: Path) -> Program:
    """A version with what the rule allows: further columns, tables, indexes and fields.

    Every database gets a migration, every topic between the services a field that is always sent.
    """
    for package in PACKAGES:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(base.root / package, folder / package, ignore=ignored)
    made = Program(f"{base.name} with made-up changes", folder)
    for service, newest in made.schemas().items():
        target = folder / versions_dir(service).relative_to(ROOT)
        revision = f"{service}_{int(newest.rpartition('_')[2]) + 1:03}"
        text = _migration(service, revision, newest)
        (target / f"{revision}_{_MADE_UP}.py").write_text(text, encoding="utf-8")
    for name in _STRUCTS:
        file = folder / "shared" / "events" / f"{name}.py"
        text = file.read_text(encoding="utf-8")
        assert text.count(_KEY) == 1, f"{file.name} has another form than is expected here"  # noqa: S101
        field = f'    of_{_MADE_UP}: str = "{_MADE_UP}"\n\n{_KEY}'
        text = text.replace(_KEY, field).replace(", omit_defaults=True", "")
        file.write_text(text, encoding="utf-8")
    return made


def _migration(service: str, revision: str, before: str) -> str:
    table = _TABLES[service]
    return f'''"""Made up: what the rule allows."""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{before}"
branch_labels = None
depends_on = None
compatible_from = "{before}"


def upgrade() -> None:
    op.add_column("{table}", sa.Column("{_MADE_UP}", sa.String(), nullable=True))
    op.add_column(
        "{table}",
        sa.Column("{_MADE_UP}_count", sa.BigInteger(), server_default="0", nullable=False),
    )
    op.create_index("{table}_{_MADE_UP}", "{table}", ["{_MADE_UP}"])
    op.create_table("{_MADE_UP}", sa.Column("id", sa.BigInteger(), primary_key=True))
'''
