"""The programs of a control plane, built from source by Go and kept below .cache.

`go/go.mod` pins them, with every module they need: etcd, and the API server, the controller manager
and the scheduler of one Kubernetes release.
"""

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_HERE = Path(__file__).parent / "go"
_CACHE = Path(__file__).parents[1] / ".cache" / "cluster"
_PINNED = ("go.mod", "go.sum")
_PACKAGED = Path("/usr/local/go/bin/go")  # where the archive of go.dev is unpacked
_VERSION = "k8s.io/component-base/version"


class CannotBuildError(Exception):
    """Without these programs nothing can be tried; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Programs:
    """Where they are, and which versions."""

    folder: Path
    versions: dict[str, str]

    def __getitem__(self, name: str) -> Path:
        return self.folder / name


def pinned() -> dict[str, str]:
    """Versions that go.mod names: of Kubernetes, etcd and the Go it needs."""
    text = (_HERE / "go.mod").read_text(encoding="utf-8")

    def version(module: str) -> str:
        found = re.search(
            rf"^\s*{re.escape(module)} (v?[\d.]+)(?: // indirect)?$", text, re.MULTILINE
        )
        assert found, module  # noqa: S101 - our own file
        return found.group(1).removeprefix("v")

    return {
        "kubernetes": version("k8s.io/kubernetes"),
        "etcd": version("go.etcd.io/etcd/server/v3"),
        "go": version("go"),
    }


def programs() -> Programs:
    """Those of the cache, else built now, which takes long; raises CannotBuildError."""
    text = b"".join((_HERE / name).read_bytes() for name in _PINNED)
    folder = _CACHE / hashlib.sha256(text).hexdigest()[:12]
    if not folder.exists():
        _build(_go(), folder)
    return Programs(folder, pinned())


def _go() -> str:
    found = os.environ.get("CLUSTERWATCH_GO") or shutil.which("go")
    if found is None and _PACKAGED.exists():
        found = str(_PACKAGED)
    if found is None:
        needed = pinned()["go"]
        raise CannotBuildError(
            f"There is no go on the PATH. Install Go {needed} or later from https://go.dev/dl, "
            "or name it: CLUSTERWATCH_GO=/path/to/go"
        )
    return found


def _build(go: str, folder: Path) -> None:
    # Built beside and renamed, so that an interrupted build never looks complete.
    partial = folder.with_suffix(".partial")
    partial.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly"}
    release = pinned()["kubernetes"]
    major, minor, _ = release.split(".")
    stamps = {"gitVersion": f"v{release}", "gitMajor": major, "gitMinor": minor}
    flags = " ".join(("-s -w", *(f"-X {_VERSION}.{name}={v}" for name, v in stamps.items())))
    _run(go, environment, "build", "-trimpath", "-ldflags", flags, "-o", f"{partial}/", "tool")
    partial.replace(folder)


def _run(go: str, environment: Mapping[str, str], *arguments: str) -> str:
    done = subprocess.run(  # noqa: S603 - the toolchain on our own pinned list
        [go, *arguments], cwd=_HERE, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise CannotBuildError(f"go {arguments[0]} failed: {done.stderr.strip()[-2000:]}")
    return done.stdout
