"""Runs one target under libFuzzer: ``python -m fuzz.worker TARGET [libFuzzer's arguments]``."""

import shlex
import sys

import atheris  # type: ignore[import-untyped,import-not-found,unused-ignore] # optional

from fuzz.mutation import mutated
from fuzz.targets import TARGETS

_INSTRUMENTED = ["shared", "services", "yaml", "openpyxl"]
"""Where new coverage makes an input worth keeping."""


def _mutated(data: bytes, longest: int, seed: int) -> bytes:
    return mutated(data, longest, seed, atheris.Mutate)


def main() -> None:
    """Instrument, load the target and hand over to libFuzzer, which ends the process."""
    name = sys.argv.pop(1)
    # What libFuzzer starts anew for the inner steps of a merge, by a shell; our file is no program.
    sys.argv[0] = f"{shlex.quote(sys.executable)} -m fuzz.worker {name}"
    target = TARGETS[name]
    with atheris.instrument_imports(include=_INSTRUMENTED, enable_loader_override=False):
        claim = target.load()
    mutator = {"custom_mutator": _mutated} if target.dictionary == "json" else {}
    atheris.Setup(sys.argv, claim, **mutator)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
