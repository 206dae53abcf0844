"""How long state machines are tried: a few seconds in CI, longer behind `make fuzz`."""

import os
from typing import Final

from hypothesis import HealthCheck, settings

_EXAMPLES: Final = "FUZZ_EXAMPLES"


def machine_settings(examples: int, steps: int) -> settings:
    """`examples` runs of up to `steps` steps; the environment variable asks for more runs."""
    wanted = int(os.environ.get(_EXAMPLES, "0"))
    return settings(
        max_examples=max(examples, wanted),
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
