r"""Kept inputs: text files with one input a line, as Python writes bytes (`b'{"a": 1}'`).

`corpus/TARGET.txt` holds few inputs that together reach what the fuzzer has reached: libFuzzer
chooses them by coverage (`campaign.keep`). `regressions/TARGET.txt` holds those that once broke a
claim; a line that begins with # says which one.
"""

import ast
import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Final

HOME: Final = Path(__file__).parent
CORPUS: Final = HOME / "corpus"
REGRESSIONS: Final = HOME / "regressions"
DICTIONARIES: Final = HOME / "dictionaries"


def read_inputs(path: Path) -> list[bytes]:
    """Inputs of a file; none where there is no file."""
    if not path.exists():
        return []
    lines = path.read_text(encoding="ascii").splitlines()
    return [ast.literal_eval(line) for line in lines if line and not line.startswith("#")]


def write_inputs(path: Path, inputs: Iterable[bytes]) -> None:
    """Replace a file, shortest inputs first, each once."""
    ordered = sorted(set(inputs), key=lambda data: (len(data), data))
    path.write_text("".join(f"{data!r}\n" for data in ordered), encoding="ascii")


def kept(target: str) -> list[bytes]:
    """Corpus and regressions of a target."""
    name = f"{target}.txt"
    return [*read_inputs(CORPUS / name), *read_inputs(REGRESSIONS / name)]


def unpack(inputs: Iterable[bytes], folder: Path) -> None:
    """Write inputs as files named by their hash, as libFuzzer wants them."""
    folder.mkdir(parents=True, exist_ok=True)
    for data in inputs:
        (folder / hashlib.sha1(data, usedforsecurity=False).hexdigest()).write_bytes(data)


def packed(folder: Path) -> list[bytes]:
    """Inputs of a folder that libFuzzer wrote."""
    return [path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()]
