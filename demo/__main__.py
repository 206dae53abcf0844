"""Run the simulated statistics system: ``python -m demo``."""

import asyncio
import contextlib
import signal
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Annotated

import httpx
import typer
from aiokafka.errors import KafkaError
from rich.console import Console

from demo.console import BANNER, Teller
from demo.feed import KafkaPublisher, load, play
from demo.history import World, build_world, history
from demo.inbox import Inbox
from demo.live import live
from demo.messages import CHINA, OUTPUT, Message
from demo.readiness import until_alerts_live
from demo.settings import DemoSettings
from demo.subscriptions import keep_trying
from shared.messaging.cluster import KafkaCluster
from shared.own_https import scheme, trust
from shared.plans import PlanError, load_catalogue

_RECENT = timedelta(days=45)
"""What is sent again where the broker already has the history: the last due period's reports."""

_PLAN = "suzhou-2027"


@dataclass(frozen=True, slots=True)
class _Options:
    settings: DemoSettings
    cluster: KafkaCluster
    seed: int
    today: date
    speed: float
    history_only: bool
    reload: bool
    inbox: bool


def main(
    *,
    bootstrap: Annotated[str | None, typer.Option(help="Kafka brokers, host:port.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of the simulated figures.")] = None,
    today: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day to simulate; default today.")
    ] = None,
    speed: Annotated[
        float | None, typer.Option(min=0.01, help="How much faster than real the live part runs.")
    ] = None,
    history_only: Annotated[
        bool, typer.Option("--history-only", help="Send the past, then end.")
    ] = False,
    reload: Annotated[
        bool, typer.Option("--reload", help="Send the whole past even if the broker has it.")
    ] = False,
    inbox: Annotated[bool, typer.Option(help="Run the simulated inbox for alerts.")] = True,
) -> None:
    """Send simulated reports to Kafka: the past first, then this month's as they come in."""
    settings = DemoSettings()
    now = datetime.now(tz=CHINA)
    day = now.date() if today is None else today.date()
    if day > now.date():
        raise typer.BadParameter("the broker refuses reports from the future", param_hint="today")
    own = KafkaCluster.of(settings)
    options = _Options(
        settings,
        replace(own, servers=bootstrap) if bootstrap else own,
        settings.demo_seed if seed is None else seed,
        day,
        speed or settings.demo_speed,
        history_only,
        reload,
        inbox,
    )
    teller = Teller(Console(), _names())
    teller.say(BANNER)
    try:
        asyncio.run(_run(options, teller))
    except KafkaError as error:
        teller.say(
            f"no answer from Kafka at {options.cluster}: {error!r}. Is the broker running, and "
            "were the topics made (`clusterwatch topics`)?"
        )
        raise typer.Exit(1) from error


async def _run(options: _Options, teller: Teller) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    async with contextlib.AsyncExitStack() as stack:
        if options.inbox and not options.history_only:
            await _open_inbox(options, teller, stack)
        world = await asyncio.to_thread(build_world, options.seed, options.today)
        idempotence = options.settings.kafka_idempotence
        publisher = KafkaPublisher(options.cluster, idempotence=idempotence)
        await stack.enter_async_context(publisher)
        await _send_history(options, world, publisher, teller, stop)
        if options.history_only or stop.is_set():
            return
        await _settle(options, teller, stop)
        teller.say(f"{world.last} 的其余报表陆续报送 / the rest of {world.last} trickles in")
        dues = live(world, datetime.now(tz=UTC).astimezone(CHINA))
        await play(dues, publisher, stop, teller.sent, speed=options.speed)


def _alerts(settings: DemoSettings) -> httpx.AsyncClient:
    """A client of the alerts service on this machine."""
    certificate = settings.http_certificate_file
    return httpx.AsyncClient(
        base_url=f"{scheme(certificate)}://127.0.0.1:{settings.alerts_port}",
        timeout=10,
        trust_env=False,
        verify=trust(certificate) or True,
    )


async def _settle(options: _Options, teller: Teller, stop: asyncio.Event) -> None:
    async with _alerts(options.settings) as client:
        await until_alerts_live(client, stop, teller.say)


async def _open_inbox(options: _Options, teller: Teller, stack: contextlib.AsyncExitStack) -> None:
    """Start the inbox and subscribe it; without a free port the feed goes on alone."""
    try:
        inbox = Inbox(options.settings.demo_inbox_port, teller.received)
    except OSError as error:
        teller.say(f"no simulated inbox: port {options.settings.demo_inbox_port}: {error}")
        return
    stack.enter_context(inbox)
    teller.say(f"模拟收件箱 / simulated inbox: {inbox.url}")
    client = _alerts(options.settings)
    task = asyncio.create_task(keep_trying(client, f"{inbox.url}/robot", teller.say))
    stack.callback(task.cancel)


async def _send_history(
    options: _Options,
    world: World,
    publisher: KafkaPublisher,
    teller: Teller,
    stop: asyncio.Event,
) -> None:
    messages = await asyncio.to_thread(history, world)
    if not options.reload and await publisher.stored(OUTPUT) >= _older_outputs(world, messages):
        messages = [m for m in messages if m.at > world.now - _RECENT]
        teller.say("the broker has the history already; --reload sends it again")
    with teller.progress(f"历史 2023-02…{world.last}", len(messages)) as advance:
        count = await load(messages, publisher, stop, advance)
    teller.say(f"{count} simulated records sent up to {world.last}")
    teller.say(
        f"其中一份模拟报表把元当作千元，待核实 / one simulated report of {world.last} is in 元 "
        "instead of 千元 and is held: clusterwatch held list"
    )


def _older_outputs(world: World, messages: list[Message]) -> int:
    return sum(m.topic == OUTPUT and m.at <= world.now - _RECENT for m in messages)


def _names() -> dict[str, str]:
    """Display names of the clusters; ids where the plan cannot be read."""
    try:
        plan = load_catalogue().plan(_PLAN)
    except (PlanError, KeyError):
        return {}
    return {unit.id: unit.name for unit in plan.units}


if __name__ == "__main__":
    typer.run(main)
