"""Settings of the simulated statistics system."""

from pydantic import Field

from demo.history import DEFAULT_SEED
from demo.inbox import DEFAULT_PORT
from shared.settings import CommonSettings


class DemoSettings(CommonSettings):
    """What the simulation reads beside the common settings."""

    demo_seed: int = Field(default=DEFAULT_SEED, description="Seed of the simulated figures.")
    demo_speed: float = Field(
        default=1.0, gt=0, description="How much faster than real the live part runs."
    )
    demo_inbox_port: int = Field(
        default=DEFAULT_PORT, description="Port of the simulated inbox; 0 takes any free one."
    )
    alerts_port: int = Field(default=8103, description="Port of the alerts service.")
