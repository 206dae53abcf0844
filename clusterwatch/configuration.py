"""Says what is wrong with the configuration, instead of where in the code it was noticed."""

from pydantic import ValidationError

from services.alerts.adapters.rules_file import RulesError
from shared.configuration import SettingsError
from shared.plans import PlanError


def explain(error: Exception) -> str | None:
    """What the operator has to change; None when the error is not about the configuration."""
    if isinstance(error, ValidationError):
        return "\n".join(
            f"{_setting(item['loc'])}{item['msg'].removeprefix('Value error, ')}"
            for item in error.errors(include_input=False, include_url=False)
        )
    if isinstance(error, (PlanError, RulesError, SettingsError)):
        return str(error)
    return None


def _setting(place: tuple[int | str, ...]) -> str:
    if not place:
        return ""  # the message of a rule about several settings names them
    name = str(place[0]).upper()
    return f"{name if name.startswith('CLUSTERWATCH_') else f'CLUSTERWATCH_{name}'}: "
