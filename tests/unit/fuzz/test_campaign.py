"""The command of `make fuzz` fails loudly where it cannot fuzz."""

import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).parents[3]


def test_without_atheris_the_command_fails_with_the_reason() -> None:
    program = (
        "import sys; import importlib.util as u;"
        "real = u.find_spec;"
        "u.find_spec = lambda name, *more: None if name == 'atheris' else real(name, *more);"
        "sys.argv = ['fuzz', 'output']; from fuzz.campaign import main; sys.exit(main())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=_ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 2
    assert "Nothing was fuzzed: atheris is not installed" in done.stderr
