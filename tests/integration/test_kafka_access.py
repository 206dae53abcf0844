"""Users, TLS, certificates and least privilege on a real Apache Kafka."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import yaml
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from kafka import KafkaAdminClient
from kafka.admin import (
    ACL,
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    ResourcePattern,
    ResourcePatternFilter,
    ResourceType,
)

from clusterwatch.launcher.local_kafka import LocalKafka
from clusterwatch.launcher.secured_listeners import SecuredListeners
from clusterwatch.services import SERVICES
from shared.messaging.cluster import KafkaCluster
from shared.messaging.permissions import PERMISSIONS, missing_permissions
from shared.messaging.refusals import KafkaRefusedError, why_refused
from shared.messaging.topics import TopicState, ensure_topics, open_admin, topic_specs
from shared.testing.certificates import TestAuthority
from shared.testing.events import output, registration
from shared.testing.waiting import wait_until

pytestmark = pytest.mark.kafka

_ROOT = Path(__file__).parents[2]
_RULES = yaml.safe_load((_ROOT / "deploy/kafka/acls.yaml").read_text(encoding="utf-8"))[
    "principals"
]
_PASSWORDS = {name: f"password-of-{name}" for name in (*_RULES, "nobody")}


@dataclass(frozen=True)
class Secured:
    """A broker with users, and rules as they are documented."""

    broker: LocalKafka
    listeners: SecuredListeners
    authority: TestAuthority

    def as_user(self, name: str) -> KafkaCluster:
        return KafkaCluster(
            self.listeners.sasl,
            "SASL_SSL",
            "SCRAM-SHA-512",
            name,
            _PASSWORDS[name],
            self.authority.file,
        )

    def environment(self, user: str) -> dict[str, str]:
        password = self.authority.file.parent / f"{user}.password"
        password.write_text(_PASSWORDS[user] + "\n", encoding="utf-8")
        return {
            "CLUSTERWATCH_KAFKA_BOOTSTRAP_SERVERS": self.listeners.sasl,
            "CLUSTERWATCH_KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
            "CLUSTERWATCH_KAFKA_USERNAME": user,
            "CLUSTERWATCH_KAFKA_PASSWORD_FILE": str(password),
            "CLUSTERWATCH_KAFKA_CA_FILE": str(self.authority.file),
        }


def _rules_of(name: str) -> Iterator[ACL]:
    for rule in _RULES[name]:
        resource = ResourcePattern(ResourceType[rule["type"].upper()], rule["name"])
        for operation in rule["operations"]:
            yield ACL(f"User:{name}", "*", _operation(operation), ACLPermissionType.ALLOW, resource)


def _operation(name: str) -> ACLOperation:
    return ACLOperation["DESCRIBE_CONFIGS" if name == "DescribeConfigs" else name.upper()]


def _allow(admin: KafkaAdminClient, *rules: ACL) -> None:
    answer = admin.create_acls(list(rules))
    assert not answer["failed"], answer


def _forbid(admin: KafkaAdminClient, rule: ACL) -> None:
    pattern = rule.resource_pattern
    wanted = ResourcePatternFilter(
        pattern.resource_type, pattern.resource_name, pattern.pattern_type
    )
    admin.delete_acls(
        [ACLFilter(rule.principal, rule.host, rule.operation, rule.permission_type, wanted)]
    )


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    folder = tmp_path_factory.mktemp("secured-kafka")
    authority = TestAuthority(folder / "ca")
    certificate, key = authority.issue("broker", "127.0.0.1", "localhost")
    keystore = folder / "broker.pem"
    keystore.write_bytes(key.read_bytes() + certificate.read_bytes())
    listeners = SecuredListeners(keystore, authority.file, _PASSWORDS)
    with LocalKafka(folder / "data", folder / "kafka.log", secured=listeners) as broker:
        with closing(open_admin(broker.bootstrap)) as admin:
            _allow(admin, *(rule for name in _RULES for rule in _rules_of(name)))
        yield Secured(broker, listeners, authority)


@pytest.fixture(scope="module")
def topics(secured: Secured) -> None:
    """All topics, made by whom the rules allow it."""
    reports = ensure_topics(secured.as_user("clusterwatch-admin"), topic_specs(1))
    assert {report.state for report in reports} == {TopicState.CREATED}
    again = ensure_topics(secured.as_user("clusterwatch-admin"), topic_specs(1))
    assert {report.state for report in again} == {TopicState.AS_SPECIFIED}


def test_the_documented_rules_are_those_the_services_ask_for() -> None:
    for service, wanted in PERMISSIONS.items():
        written = {
            (rule["type"], rule["name"]): {operation.upper() for operation in rule["operations"]}
            for rule in _RULES[f"clusterwatch-{service}"]
        }
        asked = {("topic", name): rules for name, rules in wanted.of_topics().items()}
        asked |= {("group", name): rules for name, rules in wanted.of_groups().items()}
        assert written == asked, service


@pytest.mark.usefixtures("topics")
def test_each_service_works_as_its_own_user_with_no_more_rights_than_documented(
    secured: Secured, make_system: Callable[..., Any]
) -> None:
    system = make_system(secured.listeners.sasl, alerts_settle_seconds="1")
    for service in SERVICES:
        system.environment |= secured.environment(f"clusterwatch-{service}")
        system.start(service)
        wanted = PERMISSIONS[service]
        assert missing_permissions(secured.as_user(f"clusterwatch-{service}"), wanted) == []
    asyncio.run(_feed(secured.as_user("clusterwatch-feed")))
    answer = httpx.post(
        system.url("ingest", "/api/v1/events/stats.output.v1"),
        content=msgspec.json.encode(output(2)) + b"\n" + b"not json",
        headers={"content-type": "application/x-ndjson"},
        timeout=60,
    )
    assert [item["outcome"] for item in answer.json()["items"]] == ["accepted", "refused"]
    system.wait_consumed("ingest", 5)
    assert system.get("ingest", "/api/v1/dead-letters")["items"][0]["reason"] == "not_json"
    assert system.wait_consumed("metrics", 2)["applied"] >= 2
    assert system.wait_consumed("alerts", 1)["dead_lettered"] == 0
    wait_until(
        lambda: "\nclusterwatch_alerts_live 1" in system.text("alerts", "/metrics"),
        seconds=60,
        what="alerts has ended its first load, for which it looks at the others' positions",
    )


async def _feed(cluster: KafkaCluster) -> None:
    async with AIOKafkaProducer(**cluster.client_arguments(), enable_idempotence=True) as producer:
        for number in (1, 2):
            event = registration(number)
            await producer.send_and_wait("stats.enterprise.v1", msgspec.json.encode(event))
        await producer.send_and_wait("stats.output.v1", msgspec.json.encode(output(1)))
        await producer.send_and_wait("stats.output.v1", b"not json")


@pytest.mark.usefixtures("topics")
def test_a_lacking_rule_is_named_at_readiness_and_mended_without_a_restart(
    secured: Secured, make_system: Callable[..., Any]
) -> None:
    system = make_system(secured.listeners.sasl)
    system.environment |= secured.environment("clusterwatch-metrics")
    system.start("metrics")
    (rule,) = (
        rule
        for rule in _rules_of("clusterwatch-metrics")
        if rule.resource_pattern.resource_name == "cluster.facts.v1"
    )
    problem = (
        "Kafka does not allow user clusterwatch-metrics to READ topic cluster.facts.v1; "
        "see deploy/kafka/acls.yaml"
    )
    ready = partial(httpx.get, system.url("metrics", "/readyz"), timeout=30)
    with closing(open_admin(secured.broker.bootstrap)) as admin:
        _forbid(admin, rule)
        wait_until(lambda: ready().status_code == 503, seconds=90, what="metrics is not ready")
        assert ready().json()["detail"] == problem
        assert httpx.get(system.url("metrics", "/healthz"), timeout=30).status_code == 200
        _allow(admin, rule)
    wait_until(lambda: ready().status_code == 200, seconds=90, what="metrics is ready again")
    assert problem in (system.folder / "metrics.log").read_text(encoding="utf-8")


@pytest.mark.usefixtures("topics")
def test_a_user_without_rules_is_told_all_that_it_lacks(secured: Secured) -> None:
    lacking = missing_permissions(secured.as_user("nobody"), PERMISSIONS["metrics"])
    assert lacking == [
        "READ group clusterwatch-metrics",
        "READ topic cluster.facts.v1",
        "WRITE topic cluster.status.v1",
        "WRITE topic ingest.dead-letters.v1",
    ]


def test_what_is_refused_names_the_setting(secured: Secured) -> None:
    good = secured.as_user("clusterwatch-ingest")
    wrong = {
        "CLUSTERWATCH_KAFKA_PASSWORD": replace(good, password="no"),  # noqa: S106 - wrong on purpose
        "CLUSTERWATCH_KAFKA_USERNAME": replace(good, username="who"),
        "CLUSTERWATCH_KAFKA_CA_FILE": replace(good, ca_file=None),
        "CLUSTERWATCH_KAFKA_SASL_MECHANISM": replace(good, mechanism="PLAIN"),
        "CLUSTERWATCH_KAFKA_SECURITY_PROTOCOL": replace(good, protocol="SASL_PLAINTEXT"),
        "CLUSTERWATCH_KAFKA_CERTIFICATE_FILE": replace(
            good, protocol="SSL", servers=secured.listeners.mutual
        ),
    }
    for setting, cluster in wrong.items():
        refusal = asyncio.run(why_refused(cluster))
        assert refusal is not None, setting
        assert setting in refusal
        assert _PASSWORDS["clusterwatch-ingest"] not in refusal
    assert asyncio.run(why_refused(good)) is None
    assert asyncio.run(why_refused(replace(good, servers="127.0.0.1:1"))) is None


def test_a_wrong_password_ends_a_command_with_the_reason(secured: Secured) -> None:
    with pytest.raises(KafkaRefusedError, match="CLUSTERWATCH_KAFKA_PASSWORD"):
        open_admin(replace(secured.as_user("clusterwatch-admin"), password="no"))  # noqa: S106
    environment = {k: v for k, v in os.environ.items() if not k.startswith("CLUSTERWATCH_")}
    environment |= secured.environment("clusterwatch-admin")
    del environment["CLUSTERWATCH_KAFKA_PASSWORD_FILE"]
    environment["CLUSTERWATCH_KAFKA_PASSWORD"] = "wrong"  # noqa: S105 - on purpose
    said = subprocess.run(
        [sys.executable, "-m", "clusterwatch", "lag"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert said.returncode == 1
    assert "CLUSTERWATCH_KAFKA_PASSWORD" in said.stderr.replace("\n", "")
    assert "Traceback" not in said.stderr


def test_a_wrong_password_keeps_a_service_alive_and_not_ready(
    secured: Secured, make_system: Callable[..., Any]
) -> None:
    system = make_system(secured.listeners.sasl)
    system.environment |= secured.environment("clusterwatch-metrics")
    del system.environment["CLUSTERWATCH_KAFKA_PASSWORD_FILE"]
    system.environment["CLUSTERWATCH_KAFKA_PASSWORD"] = "wrong"  # noqa: S105 - on purpose
    with pytest.raises(TimeoutError, match="metrics is ready"):
        system.start("metrics", seconds=25)
    answer = httpx.get(system.url("metrics", "/readyz"), timeout=30)
    assert answer.status_code == 503
    assert "CLUSTERWATCH_KAFKA_PASSWORD" in answer.json()["detail"]
    assert httpx.get(system.url("metrics", "/healthz"), timeout=30).status_code == 200


@pytest.mark.usefixtures("topics")
def test_a_certificate_is_enough_where_the_listener_asks_for_one(secured: Secured) -> None:
    certificate, key = secured.authority.issue("clusterwatch-by-certificate")
    cluster = KafkaCluster(
        secured.listeners.mutual,
        "SSL",
        ca_file=secured.authority.file,
        certificate_file=certificate,
        key_file=key,
    )
    resource = ResourcePattern(ResourceType.TOPIC, "stats.output.v1")
    rule = ACL(
        "User:CN=clusterwatch-by-certificate",
        "*",
        ACLOperation.WRITE,
        ACLPermissionType.ALLOW,
        resource,
    )
    with pytest.raises(KafkaError):
        asyncio.run(_write(cluster))
    with closing(open_admin(secured.broker.bootstrap)) as admin:
        _allow(admin, rule)
    wait_until(partial(_writes, cluster), seconds=30, what="the certificate may write")


def _writes(cluster: KafkaCluster) -> bool:
    try:
        asyncio.run(_write(cluster))
    except KafkaError:
        return False
    return True


async def _write(cluster: KafkaCluster) -> None:
    async with AIOKafkaProducer(**cluster.client_arguments()) as producer:
        await producer.send_and_wait("stats.output.v1", b"{}")
