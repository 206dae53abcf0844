"""Says what is wrong with the configuration, instead of where in the code it was noticed."""

from pydantic import ValidationError
from sqlalchemy.exc import DatabaseError, OperationalError

from services.alerts.adapters.rules_file import RulesError
from shared.configuration import SettingsError
from shared.plans import PlanError

_NO_SQLITE = "file is not a database"


def explain(error: Exception) -> str | None:
    """What the operator has to change; None when the error is not about what is configured."""
    if isinstance(error, ValidationError):
        return "\n".join(
            f"{_setting(item['loc'])}{item['msg'].removeprefix('Value error, ')}"
            for item in error.errors(include_input=False, include_url=False)
        )
    if isinstance(error, (PlanError, RulesError, SettingsError)):
        return str(error)
    if isinstance(error, OperationalError) and error.statement is None:  # there is no connection
        return f"the database cannot be reached: {str(error.orig).splitlines()[0]}"
    if isinstance(error, DatabaseError) and _NO_SQLITE in str(error.orig):
        return f"a database in CLUSTERWATCH_DATA_DIR is damaged: {error.orig}; restore it"
    return None


def _setting(place: tuple[int | str, ...]) -> str:
    if not place:
        return ""  # the message of a rule about several settings names them
    name = str(place[0]).upper()
    return f"{name if name.startswith('CLUSTERWATCH_') else f'CLUSTERWATCH_{name}'}: "
