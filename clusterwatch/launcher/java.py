"""Finds a Java that is new enough for the broker."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from clusterwatch.launcher.errors import LaunchError

OLDEST_JAVA = 17  # Apache Kafka 4 servers are compiled for it
_VERSION = re.compile(r'version "(\d+)(?:\.(\d+))?')


@dataclass(frozen=True, slots=True)
class Java:
    """A Java runtime: path of its program and major version."""

    program: Path
    version: int


def parse_version(text: str) -> int | None:
    """Major version out of what `java -version` prints (1.8 is 8), or None."""
    match = _VERSION.search(text)
    if match is None:
        return None
    major, minor = int(match.group(1)), match.group(2)
    return int(minor) if major == 1 and minor else major


def find_java() -> Java:
    """The Java of JAVA_HOME, else the first on the PATH; raises LaunchError."""
    home = os.environ.get("JAVA_HOME")
    program = Path(home) / "bin" / "java" if home else Path(shutil.which("java") or "java")
    try:
        answer = subprocess.run(  # noqa: S603 - asks a program for its version
            [program, "-version"], capture_output=True, text=True, check=False, timeout=30
        )
    except OSError as error:
        where = f"JAVA_HOME={home} has no bin/java" if home else "there is no java on the PATH"
        raise LaunchError(f"{where}; install Java {OLDEST_JAVA} or later") from error
    except subprocess.TimeoutExpired as error:
        raise LaunchError(f"{program} -version does not answer") from error
    version = parse_version(answer.stderr + answer.stdout)
    if version is None:
        raise LaunchError(f"{program} -version does not tell its version")
    if version < OLDEST_JAVA:
        raise LaunchError(
            f"{program} is Java {version}; Apache Kafka 4 needs Java {OLDEST_JAVA} or later"
        )
    return Java(program, version)
