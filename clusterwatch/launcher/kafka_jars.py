"""Finds Apache Kafka's jars: KAFKA_HOME, the cache, or Maven."""

import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from clusterwatch.launcher.errors import LaunchError

PROJECT = Path(__file__).resolve().parents[2]
DEPLOY = PROJECT / "deploy" / "kafka"
CACHE = PROJECT / ".cache" / "kafka"
OLDEST_KAFKA = 4  # the launcher writes KRaft settings of this version
_MAVEN_PATIENCE = 900.0  # seconds; about 70 MB are fetched the first time
_POM_VERSION = re.compile(r"<kafka\.version>([^<]+)</kafka\.version>")
_JAR_VERSION = re.compile(r"kafka_2\.1\d-(\d+)\.([\w.]+)\.jar$")


@dataclass(frozen=True, slots=True)
class KafkaJars:
    """A folder of jars that contains the broker, its version, and where it came from."""

    folder: Path
    version: str
    origin: str

    @property
    def classpath(self) -> str:
        """For `java -cp`."""
        return f"{self.folder}{os.sep}*"


def pinned_version() -> str:
    """The version that deploy/kafka/pom.xml names; raises LaunchError."""
    pom = DEPLOY / "pom.xml"
    if not pom.exists():
        raise LaunchError(f"{pom} is missing; set KAFKA_HOME to an unpacked Apache Kafka 4")
    match = _POM_VERSION.search(pom.read_text(encoding="utf-8"))
    if match is None:
        raise LaunchError(f"{pom} names no <kafka.version>")
    return match.group(1)


def broker_version(folder: Path) -> str | None:
    """Version of the broker jar in `folder`, or None when there is none."""
    for jar in sorted(folder.glob("kafka_2.1*.jar")):
        match = _JAR_VERSION.search(jar.name)
        if match:
            return f"{match.group(1)}.{match.group(2)}"
    return None


def cached() -> bool:
    """Whether jars are there without fetching any."""
    return bool(os.environ.get("KAFKA_HOME") or broker_version(CACHE / pinned_version()))


def obstacle() -> str | None:
    """Why no jars could be had here, or None; fetches nothing."""
    if cached():
        return None
    return None if shutil.which("mvn") else "neither KAFKA_HOME nor Maven (mvn) is there"


def find_jars() -> KafkaJars:
    """Jars of KAFKA_HOME, else the cached ones, else fetched with Maven; raises LaunchError."""
    home = os.environ.get("KAFKA_HOME")
    if home:
        return _installed(Path(home))
    version = pinned_version()
    folder = CACHE / version
    if broker_version(folder) is None:
        _fetch(folder)
    return KafkaJars(folder, version, "Maven")


def _installed(home: Path) -> KafkaJars:
    version = broker_version(home / "libs")
    if version is None:
        raise LaunchError(f"KAFKA_HOME={home} has no libs/kafka_2.13-*.jar")
    if int(version.split(".")[0]) < OLDEST_KAFKA:
        raise LaunchError(f"KAFKA_HOME={home} is Kafka {version}; version 4 or later is needed")
    return KafkaJars(home / "libs", version, f"KAFKA_HOME={home}")


def _fetch(folder: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise LaunchError("Maven (mvn) is not on the PATH; install it, or set KAFKA_HOME")
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Copied beside and renamed, so that an interrupted download never looks complete.
    partial = Path(tempfile.mkdtemp(prefix=f"{folder.name}.", dir=folder.parent))
    try:
        answer = subprocess.run(  # noqa: S603 - fetches what deploy/kafka/pom.xml pins
            [
                maven, "--batch-mode", "--quiet", "--file", DEPLOY / "pom.xml",
                "dependency:copy-dependencies", f"-DoutputDirectory={partial}",
                "-DincludeScope=runtime",
            ],
            capture_output=True, text=True, check=False, timeout=_MAVEN_PATIENCE,
        )  # fmt: skip
        if answer.returncode != 0 or broker_version(partial) is None:
            raise LaunchError(f"Maven could not fetch Kafka: {_first_error(answer.stdout)}")
        if broker_version(folder) is None:
            partial.replace(folder)
    except subprocess.TimeoutExpired as error:
        raise LaunchError(f"Maven did not finish within {_MAVEN_PATIENCE:.0f} seconds") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _first_error(output: str) -> str:
    lines = [line for line in output.splitlines() if line.startswith("[ERROR]")]
    return lines[0] if lines else output.strip()[-500:] or "no output"
