"""How settings are read: environment variables ``CLUSTERWATCH_…``, secrets also from files."""

import os
from pathlib import Path
from typing import Any, get_args

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

PREFIX = "CLUSTERWATCH_"
_SUFFIX = "_FILE"
_LONGEST = 64 * 1024
"""A secret is a line; whatever is longer is the wrong file."""


class SettingsError(ValueError):
    """A setting that cannot be used; the message names it and the remedy."""


class Configured(BaseSettings):
    """Base of all settings. Where a setting is a secret, ``CLUSTERWATCH_…_FILE`` names a file.

    That is how orchestrators hand secrets over: as files, which neither the list of processes nor
    a dump of the environment shows. The last end of line is no part of the secret.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, the environment, then files; a secret that is set in two ways is an error."""
        del dotenv_settings, file_secret_settings
        return init_settings, SecretFiles(settings_cls), env_settings


class SecretFiles(PydanticBaseSettingsSource):
    """Secrets from the files that ``CLUSTERWATCH_…_FILE`` name."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """The secret of one field, or null. Raises `SettingsError`."""
        variable = f"{PREFIX}{field_name}".upper()
        place = os.environ.get(variable + _SUFFIX, "") if is_secret(field) else ""
        if not place:
            return None, field_name, False
        if os.environ.get(variable):
            raise SettingsError(f"{variable} and {variable}{_SUFFIX} are both set: unset one")
        return _read(Path(place), variable + _SUFFIX), field_name, False

    def __call__(self) -> dict[str, Any]:
        """Values of the fields that have a file."""
        found: dict[str, Any] = {}
        for name, field in self.settings_cls.model_fields.items():
            value, key, _ = self.get_field_value(field, name)
            if value is not None:
                found[key] = value
        return found


def is_secret(field: FieldInfo) -> bool:
    """Whether a setting is a secret: its value is never shown, and may come from a file."""
    return field.annotation is SecretStr or SecretStr in get_args(field.annotation)


def _read(file: Path, variable: str) -> str:
    try:
        with file.open("rb") as stream:
            content = stream.read(_LONGEST + 1)
        text = content.decode().rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "not UTF-8"
        raise SettingsError(f"{variable}={file} cannot be read: {why}") from None
    if not text or len(content) > _LONGEST:
        raise SettingsError(f"{variable}={file} is {'too long' if text else 'empty'}")
    return text
