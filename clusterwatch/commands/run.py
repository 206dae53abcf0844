"""Run the whole system on this machine: broker, services and a simulated feed."""

import os
import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer
from kafka.errors import KafkaError
from rich.panel import Panel

from clusterwatch.console import fail, out, warn
from clusterwatch.launcher.brokers import Broker, BrokerChoice, choose_broker
from clusterwatch.launcher.errors import LaunchError
from clusterwatch.launcher.ports import is_free
from clusterwatch.launcher.processes import ProcessSpec, StopRequested, Supervisor
from clusterwatch.services import SERVICES, port_of, settings_class
from clusterwatch.settings import LauncherSettings
from shared.messaging.cluster import KafkaCluster
from shared.messaging.topics import TopicState, ensure_topics, topic_specs
from shared.own_https import scheme

_DEMO_DEFAULTS = {
    name: os.environ.get(name, value)
    for name, value in {
        # The simulated inbox listens on this machine.
        "CLUSTERWATCH_ALERTS_PRIVATE_TARGETS": "127.0.0.0/8",
        # The feed waits for the end of the first load, and so does whoever watches it.
        "CLUSTERWATCH_ALERTS_SETTLE_SECONDS": "30",
        "CLUSTERWATCH_DATA_LABEL": "模拟数据",
    }.items()
}


def command(
    *,
    demo: Annotated[bool, typer.Option(help="Feed simulated reports.")] = True,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Delete the local broker's data and SQLite files first.")
    ] = False,
) -> None:
    """Start everything, print the addresses, and keep it running until Ctrl-C."""
    try:
        settings = LauncherSettings()
        ports = {name: port_of(name, settings_class(name)()) for name in SERVICES}
    except ImportError as error:
        fail(str(error))
    supervisor = Supervisor(_say)
    try:
        with supervisor.supervised():
            _check_ports(ports)
            if fresh:
                forget(settings.data_dir)
            choice = choose_broker(settings, _say)
            _start(supervisor, choice, settings, ports, demo=demo)
            supervisor.watch()
    except StopRequested:
        _say("stopped")
    except LaunchError as error:
        fail(str(error))


def forget(data_dir: Path) -> None:
    """Delete what this command keeps in the data directory, and nothing else in there."""
    for folder in ("kafka", "log"):
        shutil.rmtree(data_dir / folder, ignore_errors=True)
    for service in SERVICES:
        for file in data_dir.glob(f"{service}.sqlite3*"):
            file.unlink()


def _check_ports(ports: dict[str, int]) -> None:
    for service, port in ports.items():
        if not is_free(port):
            raise LaunchError(
                f"port {port} of {service} is taken: is the system running already? "
                f"Otherwise set CLUSTERWATCH_{service.upper()}_PORT to another one."
            )


def _start(
    supervisor: Supervisor,
    choice: BrokerChoice,
    settings: LauncherSettings,
    ports: dict[str, int],
    *,
    demo: bool,
) -> None:
    broker = choice.broker
    _say(f"broker: {broker.description} – {choice.because}")
    try:
        broker.start()
    finally:
        supervisor.adopt(broker, broker.child)
    _make_topics(broker, settings)
    env = {
        "CLUSTERWATCH_KAFKA_BOOTSTRAP_SERVERS": broker.bootstrap,
        "CLUSTERWATCH_KAFKA_IDEMPOTENCE": str(broker.idempotence).lower(),
        **_own_addresses(settings, ports),
        "PYTHONUNBUFFERED": "1",
    }
    if broker.child is not None:
        env["CLUSTERWATCH_KAFKA_SECURITY_PROTOCOL"] = "PLAINTEXT"
    if demo:
        env |= _DEMO_DEFAULTS
    _say(f"starting {', '.join(SERVICES)}")
    supervisor.start(*(_service(name, settings, ports[name], env) for name in SERVICES))
    out.print(_addresses(broker, settings, ports, demo=demo))
    if demo:
        log = settings.data_dir / "log" / "demo.log"
        command = [sys.executable, "-m", "demo"]
        supervisor.start(ProcessSpec("demo", command, log, env, may_end=True, visible=True))


def _own_addresses(settings: LauncherSettings, ports: dict[str, int]) -> dict[str, str]:
    """Where the services find each other, and what messages link to, unless it is set."""
    base = {name: _base(settings, port) for name, port in ports.items()}
    addresses = {
        "CLUSTERWATCH_ALERTS_PUBLIC_URL": base["alerts"],
        "CLUSTERWATCH_ALERTS_WALL_URL": f"{base['metrics']}/wall",
        "CLUSTERWATCH_ALERTS_INGEST_URL": base["ingest"],
        "CLUSTERWATCH_ALERTS_METRICS_URL": base["metrics"],
        "CLUSTERWATCH_WALL_ALERTS_URL": base["alerts"],
    }
    return {name: os.environ.get(name, address) for name, address in addresses.items()}


def _service(name: str, settings: LauncherSettings, port: int, env: dict[str, str]) -> ProcessSpec:
    return ProcessSpec(
        name,
        [sys.executable, "-m", "clusterwatch", name],
        settings.data_dir / "log" / f"{name}.log",
        env,
        ready_url=f"{_base(settings, port)}/readyz",
        certificate=settings.http_certificate_file,
    )


def _make_topics(broker: Broker, settings: LauncherSettings) -> None:
    own = KafkaCluster.of(settings)
    # A broker that was started here is open to this machine, whatever the settings say.
    cluster = own if broker.child is None else KafkaCluster(broker.bootstrap)
    try:
        reports = ensure_topics(
            cluster,
            topic_specs(settings.topic_partitions),
            replication_factor=settings.topic_replication_factor,
        )
    except KafkaError as error:
        raise LaunchError(f"the topics could not be made: {error}") from error
    for report in reports:
        if report.state is TopicState.DIFFERS:
            warn(f"topic {report.name} is not as specified; see `clusterwatch topics list`")


def _addresses(
    broker: Broker, settings: LauncherSettings, ports: dict[str, int], *, demo: bool
) -> Panel:
    base = {name: _base(settings, port) for name, port in ports.items()}
    data = "PostgreSQL" if settings.database_url else str(settings.data_dir.resolve())
    lines = [
        f"[bold]Wall         {base['metrics']}/wall[/]",
        f"Clusters     {base['metrics']}/api/v1/clusters",
        f"[bold]Console      {base['alerts']}/console[/]",
        f"Alerts       {base['alerts']}/api/v1/alerts",
        *(f"{name:<12} {base[name]}  (/metrics /readyz /openapi.json)" for name in SERVICES),
        f"Kafka        {broker.bootstrap} – {broker.description}",
        f"Data         {data}",
        f"Logs         {(settings.data_dir / 'log').resolve()}",
        "",
        "[yellow]All reports are simulated: enterprises, projects and figures are invented.[/]"
        if demo
        else "No feed is running: publish to the stats.* topics, or POST to ingest.",
        "Stop with Ctrl-C." + (" --fresh starts from nothing." if broker.child else ""),
    ]
    return Panel("\n".join(lines), title="clusterwatch is running", expand=False, padding=(1, 2))


def _base(settings: LauncherSettings, port: int) -> str:
    return f"{scheme(settings.http_certificate_file)}://{_address(settings)}:{port}"


def _address(settings: LauncherSettings) -> str:
    return "127.0.0.1" if settings.host in {"", "0.0.0.0", "::"} else settings.host  # noqa: S104 - compares


def _say(text: str) -> None:
    out.print(f"· {text}", markup=False, soft_wrap=True)
