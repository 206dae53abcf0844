"""What the product is made of: packages of the locks, their licences, files of others, advisories.

``python -m shared.testing.supply licences|sbom|audit``: writes `docs/licences.md`, writes
`dist/sbom.cdx.json` (CycloneDX 1.6, the same bytes for the same lock), or asks whether anything
that is pinned has a known vulnerability.
"""

import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[2]
LOCKS: Final = ROOT / "requirements"
RUNTIME: Final = LOCKS / "runtime.lock"
PAGE: Final = ROOT / "docs" / "licences.md"
SBOM: Final = ROOT / "dist" / "sbom.cdx.json"

_PIN = re.compile(r"^([A-Za-z0-9_.-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)
_NO_NETWORK = re.compile(
    r"ConnectionError|Max retries|NameResolution|ProxyError|Timeout|timed out|Connection refused"
)

# Those who may be shipped beside an Apache-2.0 product. LGPL: used as separate libraries, which
# anyone can replace; MPL: its files are unchanged.
ACCEPTED: Final = frozenset(
    {
        *("0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC"),
        *("LGPL-2.1-or-later", "LGPL-3.0-only", "MIT", "MIT-0", "MIT-CMU", "MPL-2.0"),
        *("PSF-2.0", "Zlib"),
    }
)
_BY_CLASSIFIER: Final = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "GNU Lesser General Public License v2 or later (LGPLv2+)": "LGPL-2.1-or-later",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
_ELSEWHERE: Final = {"colorama": "BSD-3-Clause"}
"""Packages that the lock has for other systems only, with the licence their projects state."""


@dataclass(frozen=True, slots=True)
class Vendored:
    """A file of others in the checkout, unchanged."""

    name: str
    version: str
    licence: str
    file: str
    sha256: str
    licence_files: tuple[str, ...]


_WALL, _CONSOLE = "services/metrics/wall_page/vendor", "services/alerts/console/static"
VENDORED: Final = (
    Vendored(
        "echarts",
        "6.1.0",
        "Apache-2.0 AND BSD-3-Clause",
        f"{_WALL}/echarts-6.1.0.min.js",
        "b66b25aeb4df84e33199dc21694014d336d222cbd9deb0e5a7c14bd6aa0d0fd0",
        (f"{_WALL}/LICENSE", f"{_WALL}/NOTICE", f"{_WALL}/LICENSE-d3"),
    ),
    Vendored(
        "@picocss/pico",
        "2.1.1",
        "MIT",
        f"{_CONSOLE}/pico.min.css",
        "fbc9a63fc9fc9f72d12fd7fc9806e11fa9f77ae4f9cad146b27003a1119ba3db",
        (f"{_CONSOLE}/LICENSE-pico.md",),
    ),
)


def pins(lock: Path) -> list[tuple[str, str]]:
    """Names and versions of a lock; a package may be there in several versions."""
    return _PIN.findall(lock.read_text(encoding="utf-8"))


def licence_of(package: str) -> str | None:
    """SPDX expression of an installed package; None where nobody knows it."""
    try:
        found = metadata(package)
    except PackageNotFoundError:
        return _ELSEWHERE.get(package)
    for stated in (*(found.get_all("License-Expression") or ()), *(found.get_all("License") or ())):
        if not unaccepted(str(stated)):
            return str(stated)
    classifiers = [str(text) for text in found.get_all("Classifier") or ()]
    named = [text.rpartition(" :: ")[2] for text in classifiers if text.startswith("License ::")]
    return next((_BY_CLASSIFIER[name] for name in named if name in _BY_CLASSIFIER), None)


def unaccepted(expression: str | None) -> list[str]:
    """Licences of an expression that are not accepted; of alternatives one is enough."""
    if expression is None:
        return ["unknown"]
    choices = [re.split(r"\s+AND\s+", part.strip("() ")) for part in expression.split(" OR ")]
    lacking = [[name for name in choice if name.strip("()") not in ACCEPTED] for choice in choices]
    return min(lacking, key=len)


def licences_page() -> str:
    """`docs/licences.md`."""
    versions: dict[str, list[str]] = {}
    for name, version in pins(RUNTIME):
        versions.setdefault(name, []).append(version)
    rows = [
        f"| {name} | {', '.join(dict.fromkeys(found))} | {licence_of(name) or 'unknown'} |"
        for name, found in sorted(versions.items())
    ]
    files = [f"| `{v.file}` | {v.name} {v.version} | {v.licence} |" for v in VENDORED]
    return "\n".join(
        (
            "# Licences",
            "",
            "Made by `.venv/bin/python -m shared.testing.supply licences` from the runtime lock.",
            "A test compares it, and refuses a package whose licence is not accepted there.",
            "A bill of materials (CycloneDX) comes from `make sbom`.",
            "",
            "| package | version | licence |",
            "|---|---|---|",
            *rows,
            "",
            "## Files of others in this checkout",
            "",
            "| file | from | licence |",
            "|---|---|---|",
            *files,
            "",
        )
    )


def sbom() -> bytes:
    """Bill of materials of the runtime lock and the vendored files, without times or numbers."""
    done = subprocess.run(  # noqa: S603 - a pinned tool
        [
            *(sys.executable, "-m", "cyclonedx_py", "requirements", str(RUNTIME)),
            *("--pyproject", str(ROOT / "pyproject.toml"), "--output-reproducible", "--sv", "1.6"),
        ],
        capture_output=True,
        check=True,
    )
    bill: dict[str, Any] = json.loads(done.stdout)
    for component in bill["components"]:
        expression = licence_of(component["name"])
        if expression:
            component["licenses"] = [{"expression": expression}]
    bill["components"] += list(_vendored_components())
    return json.dumps(bill, indent=1, sort_keys=True, ensure_ascii=False).encode() + b"\n"


def _vendored_components() -> Iterator[dict[str, Any]]:
    for file in VENDORED:
        yield {
            "type": "library",
            "bom-ref": f"vendored-{file.name}",
            "name": file.name,
            "version": file.version,
            "licenses": [{"expression": file.licence}],
            "hashes": [{"alg": "SHA-256", "content": file.sha256}],
            "purl": f"pkg:npm/{file.name.replace('@', '%40')}@{file.version}",
        }


def checksum(file: str) -> str:
    """SHA-256 of a file of the checkout."""
    return hashlib.sha256((ROOT / file).read_bytes()).hexdigest()


@dataclass(frozen=True, slots=True)
class Advisories:
    """What was answered about the packages of a lock."""

    looked_up: int
    unknown: tuple[str, ...]
    """Packages that the index gives no advisories of."""
    vulnerable: tuple[str, ...]
    """Package, version, advisory, and the versions that mend it."""


def advisories(report: str) -> Advisories:
    """What a report of pip-audit (JSON) says; it calls what could not be looked up no fault."""
    packages = json.loads(report)["dependencies"]
    unknown = tuple(each["name"] for each in packages if "skip_reason" in each)
    vulnerable = tuple(
        f"{each['name']} {each['version']}: {one['id']}, mended in {one['fix_versions']}"
        for each in packages
        for one in each.get("vulns", ())
    )
    return Advisories(len(packages) - len(unknown), unknown, vulnerable)


def verdict(found: Advisories) -> tuple[str, int]:
    """In words, and the exit code: nothing looked up is no all-clear, and no fault either."""
    if found.vulnerable:
        return "\n".join(found.vulnerable), 1
    if not found.looked_up:
        return "not audited: the package index at hand has no advisories", 0
    if found.unknown:
        return f"{found.looked_up} in order; nothing is known of {', '.join(found.unknown)}", 1
    return f"{found.looked_up} packages without a known vulnerability", 0


def audit() -> int:
    """Ask for known vulnerabilities of every lock; 1 when there are some, 0 without a network."""
    worst = 0
    for lock in sorted(LOCKS.glob("*.lock")):
        command = [sys.executable, "-m", "pip_audit", "--requirement", str(lock), "--format=json"]
        command += ["--require-hashes", "--disable-pip", "--progress-spinner", "off"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - a pinned tool
        if not done.stdout and _NO_NETWORK.search(done.stderr):
            print("Not audited: the advisories cannot be reached from here.")  # noqa: T201 - a command
            return 0
        if not done.stdout:
            print(f"{lock.name}: {done.stderr.strip()}")  # noqa: T201 - likewise
            return 1
        found = advisories(done.stdout)
        words, code = verdict(found)
        if not found.looked_up:  # nor will it be for the other locks
            print(f"{words.capitalize()}.")  # noqa: T201 - likewise
            return code
        print(f"{lock.name}: {words}")  # noqa: T201 - likewise
        worst = max(worst, code)
    return worst


def main() -> int:
    """One of the three commands."""
    match sys.argv[1:]:
        case ["licences"]:
            PAGE.write_text(licences_page(), encoding="utf-8")
        case ["sbom"]:
            SBOM.parent.mkdir(exist_ok=True)
            SBOM.write_bytes(sbom())
            print(f"Written: {SBOM.relative_to(ROOT)}")  # noqa: T201 - likewise
        case ["audit"]:
            return audit()
        case _:
            print(__doc__)  # noqa: T201 - likewise
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
