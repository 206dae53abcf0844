"""Manifests speak of settings, ports and versions that the program has."""

import re
import tomllib
from pathlib import Path

import pytest
from pydantic.fields import FieldInfo

from clusterwatch.launcher.kafka_jars import pinned_version
from clusterwatch.services import SERVICES, port_of, settings_class
from clusterwatch.settings import LauncherSettings
from shared.configuration import is_secret
from shared.testing.manifests import DEPLOY, OVERLAYS, environment, named, of_kind, pods

pytestmark = pytest.mark.kubectl

PROJECT = DEPLOY.parent
PREFIX = "CLUSTERWATCH_"
OF_COMMANDS = {"CLUSTERWATCH_API_TOKEN"}


def fields(workload: str) -> dict[str, FieldInfo]:
    settings = settings_class(workload) if workload in SERVICES else LauncherSettings
    return {PREFIX + name.upper(): field for name, field in settings.model_fields.items()}


def all_fields() -> dict[str, FieldInfo]:
    return {name: field for w in (*SERVICES, "prepare") for name, field in fields(w).items()}


def is_known(variable: str, known: dict[str, FieldInfo]) -> bool:
    file_of = known.get(variable.removesuffix("_FILE"))
    return variable in known or (file_of is not None and is_secret(file_of))


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_variable_is_a_setting(overlay: str) -> None:
    common = all_fields()
    for pod in pods(overlay):
        for container in pod.containers():
            own = {v["name"] for v in container.get("env", [])}
            for variable in environment(overlay, container):
                if variable.startswith(PREFIX) and variable not in OF_COMMANDS:
                    known = fields(pod.name) if variable in own else common
                    assert is_known(variable, known), (pod.name, variable)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_no_secret_stands_in_a_manifest(overlay: str) -> None:
    known = all_fields()
    for pod in pods(overlay):
        for container in pod.containers():
            for variable in environment(overlay, container):
                assert variable not in known or not is_secret(known[variable]), variable


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_files_of_secrets_are_mounted_where_the_settings_look(overlay: str) -> None:
    for pod in pods(overlay):
        volumes = {v["name"]: v for v in pod.spec.get("volumes", [])}
        for container in pod.containers():
            mounted = {
                f"{mount['mountPath']}/{item['path']}"
                for mount in container.get("volumeMounts", [])
                for item in volumes.get(mount["name"], {}).get("secret", {}).get("items", [])
            }
            for variable, value in environment(overlay, container).items():
                if variable.startswith(PREFIX) and variable.endswith("_FILE"):
                    assert value in mounted, (pod.name, variable)


@pytest.mark.parametrize("overlay", OVERLAYS)
@pytest.mark.parametrize("service", SERVICES)
def test_ports_are_those_of_the_settings(
    overlay: str, service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(f"{PREFIX}{service.upper()}_PORT", raising=False)
    port = port_of(service, settings_class(service)())
    (http,) = named(overlay, "Service", service)["spec"]["ports"]
    assert http["port"] == port
    template = named(overlay, "Deployment", service)["spec"]["template"]["spec"]
    assert template["containers"][0]["ports"] == [{"name": "http", "containerPort": port}]
    assert template["containers"][0]["args"] == [service]


def test_the_broker_is_the_one_that_the_tests_run_on() -> None:
    (kafka,) = of_kind("prod", "Kafka")
    assert kafka["spec"]["kafka"]["version"] == pinned_version()
    dev = named("dev", "StatefulSet", "kafka")["spec"]["template"]["spec"]["containers"][0]
    assert dev["image"].endswith(f":{pinned_version()}")
    assert f"apache/kafka:{pinned_version()}" in (DEPLOY / "compose.yaml").read_text()


def test_the_image_has_the_version_of_the_project() -> None:
    version = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["version"]
    for overlay in OVERLAYS:
        for service in SERVICES:
            deployment = named(overlay, "Deployment", service)
            image = deployment["spec"]["template"]["spec"]["containers"][0]["image"]
            assert image.endswith(f"clusterwatch:{version}")
    assert f"image: clusterwatch:{version}" in (DEPLOY / "compose.yaml").read_text()


def test_the_image_copies_what_there_is_and_runs_as_the_user_of_the_manifests() -> None:
    lines = (PROJECT / "Dockerfile").read_text().splitlines()
    copied = [line.split()[1] for line in lines if re.match(r"COPY (?!--from)", line)]
    assert copied
    for source in copied:
        assert (PROJECT / source).exists(), source
    (user,) = [line.split()[1] for line in lines if line.startswith("USER ")]
    for overlay in OVERLAYS:
        for service in SERVICES:
            deployment = named(overlay, "Deployment", service)
            context = deployment["spec"]["template"]["spec"]["securityContext"]
            assert user == f"{context['runAsUser']}:{context['runAsGroup']}"


def test_the_builder_is_sent_what_the_image_copies_and_no_more() -> None:
    allowed = {
        line[1:]
        for line in (PROJECT / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    }
    lines = (PROJECT / "Dockerfile").read_text().splitlines()
    copied = {Path(x.split()[1]).as_posix() for x in lines if re.match(r"COPY (?!--from)", x)}
    assert copied == allowed
