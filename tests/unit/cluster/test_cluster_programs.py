"""The programs of the control plane are pinned, and who has no Go is told what to do."""

from pathlib import Path

import pytest

from cluster import programs
from cluster.programs import CannotBuildError, pinned


def test_every_program_is_pinned_to_one_release() -> None:
    versions = pinned()
    text = (Path(programs.__file__).parent / "go" / "go.mod").read_text(encoding="utf-8")

    assert set(versions) == {"kubernetes", "etcd", "go"}
    parts = versions["kubernetes"].split(".")
    staged = [line.split()[-1] for line in text.splitlines() if "=> k8s.io/" in line]
    assert staged
    assert set(staged) == {f"v0.{parts[1]}.{parts[2]}"}


def test_without_go_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CLUSTERWATCH_GO", raising=False)
    monkeypatch.setattr(programs, "_PACKAGED", tmp_path / "go")
    monkeypatch.setattr(programs, "_CACHE", tmp_path)

    with pytest.raises(CannotBuildError, match=r"Install Go \d+\.\d+") as told:
        programs.programs()

    assert "\n" not in str(told.value)
