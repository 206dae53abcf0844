"""List every setting with its default and meaning."""

from collections.abc import Iterable

from pydantic import BaseModel
from pydantic_core import PydanticUndefined
from pydantic_settings import BaseSettings

from clusterwatch.console import out, warn
from clusterwatch.grafana.settings import GrafanaSettings
from clusterwatch.services import SERVICES, settings_class
from clusterwatch.settings import LauncherSettings
from shared.settings import CommonSettings


def command() -> None:
    """Every environment variable CLUSTERWATCH_… with its default, grouped by who reads it."""
    groups: list[tuple[str, type[BaseSettings]]] = [("clusterwatch run", LauncherSettings)]
    for service in SERVICES:
        try:
            groups.append((service, settings_class(service)))
        except ImportError as error:
            warn(f"settings of {service} cannot be read: {error}")
    groups.append(("clusterwatch grafana push", GrafanaSettings))
    _print("read by all", CommonSettings, CommonSettings.model_fields)
    for reader, group in groups:
        own = [name for name in group.model_fields if name not in CommonSettings.model_fields]
        _print(f"read by {reader}", group, own)


def _print(title: str, group: type[BaseModel], names: Iterable[str]) -> None:
    out.print(f"\n[bold]# {title}[/]")
    for name in names:
        variable, default, meaning = _describe(group, name)
        out.print(f"{variable}={default}", markup=False, soft_wrap=True)
        out.print(f"    {meaning}", markup=False, soft_wrap=True, style="dim")


def _describe(group: type[BaseModel], name: str) -> tuple[str, str, str]:
    field = group.model_fields[name]
    default = field.get_default(call_default_factory=True, validated_data={})
    shown = "(required)" if default is PydanticUndefined else _plain(default)
    prefix = str(group.model_config.get("env_prefix", "")) or "CLUSTERWATCH_"
    return f"{prefix}{name}".upper(), shown, field.description or ""


def _plain(default: object) -> str:
    if default is None or default in ("", [], ()):
        return ""
    if isinstance(default, bool):
        return str(default).lower()
    return str(default)
