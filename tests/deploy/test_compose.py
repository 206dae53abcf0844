"""The Compose file speaks of commands, settings, ports and files that there are."""

import re
from typing import Any

import pytest
import yaml

from clusterwatch.cli import command_names
from clusterwatch.services import SERVICES, port_of, settings_class
from clusterwatch.settings import LauncherSettings
from shared.testing.manifests import DEPLOY

COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
OURS = {
    name: service
    for name, service in COMPOSE["services"].items()
    if service["image"].startswith("clusterwatch:")
}
NAMES = {"127.0.0.1:8101": "ingest", "127.0.0.1:8102": "metrics", "127.0.0.1:8103": "alerts"}


def settings_of(name: str) -> set[str]:
    """Variables that a container of that name may be given."""
    kinds = [settings_class(name)] if name in SERVICES else map(settings_class, SERVICES)
    fields = {field for kind in (LauncherSettings, *kinds) for field in kind.model_fields}
    return {f"CLUSTERWATCH_{field.upper()}" for field in fields}


@pytest.mark.parametrize("name", OURS)
def test_commands_and_variables_exist(name: str) -> None:
    service = OURS[name]
    assert set(service["environment"]) <= settings_of(name)
    if "entrypoint" not in service:
        assert service["command"][0] in command_names()


@pytest.mark.parametrize("name", SERVICES)
def test_ports_are_those_of_the_settings_and_open_on_this_machine_only(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(f"CLUSTERWATCH_{name.upper()}_PORT", raising=False)
    port = port_of(name, settings_class(name)())
    assert OURS[name]["ports"] == [f"127.0.0.1:{port}:{port}"]


def test_nothing_listens_beyond_this_machine_and_no_password_is_written() -> None:
    for service in COMPOSE["services"].values():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
        for variable, value in service.get("environment", {}).items():
            if "PASSWORD" in variable:
                assert re.fullmatch(r"\$\{\w+:\?.+\}", value)


def test_what_a_service_needs_is_there() -> None:
    for name, service in COMPOSE["services"].items():
        assert service["image"].rpartition(":")[2] not in {"", "latest"}
        assert set(service.get("depends_on", {})) <= set(COMPOSE["services"]), name
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            here = source.startswith("./")
            assert (DEPLOY / source).exists() if here else source in COMPOSE["volumes"], volume


def test_prometheus_is_configured_as_without_compose() -> None:
    text = (DEPLOY / "prometheus" / "prometheus.yml").read_text(encoding="utf-8")
    for address, name in NAMES.items():
        text = text.replace(address, f"{name}:{address.rpartition(':')[2]}")
    text = text.replace("127.0.0.1:9090", "localhost:9090")
    text = text.replace("- rules/", "- /etc/prometheus/rules/")
    composed = (DEPLOY / "compose" / "prometheus.yml").read_text(encoding="utf-8")
    assert yaml.safe_load(composed) == yaml.safe_load(text)
