"""Scripts in virtual time: what happens when, and who is told what with which reason.

A script is a YAML file in `scripts/`: subscriptions, then steps. A step lets time pass until `at`
(China's time), does something, and lists everything that was told since the step before
(`expect`), how many messages that took (`messages`), and what somebody was not told
(`not_told`). What a step does not list was not told.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

World = Any
SCRIPTS = Path(__file__).parent / "scripts"
HISTORY = [f"2025-{month:02d}" for month in range(4, 13)] + ["2026-02", "2026-03"]


def scripts() -> list[Any]:
    found = []
    for path in sorted(SCRIPTS.glob("*.yaml")):
        for name, script in yaml.safe_load(path.read_text(encoding="utf-8")).items():
            found.append(pytest.param(script, id=f"{path.stem}: {name}"))
    return found


@pytest.mark.parametrize("script", scripts())
def test_a_script_is_told_as_written(make_world: Callable[..., World], script: Any) -> None:
    chosen = {name: script[name] for name in ("rules", "settings", "start") if name in script}
    world = make_world(**chosen)
    load(world, script)
    world.subscribe_all(script.get("subscriptions") or {"专班": {}})
    for step in script["steps"]:
        if "at" in step:
            world.until(step["at"])
        act(world, step)
        world.run_jobs()
        check(world, step)


def load(world: World, script: Any) -> None:
    """The first load; a script about it starts without one."""
    found = script.get("load", [{"period": period} for period in HISTORY])
    if found:
        world.statuses(*found)
        world.notices(*script.get("load_notices", []))
        world.go_live()


ACTIONS: dict[str, Callable[[World, Any], None]] = {
    "robot": lambda world, state: setattr(world.robot, "down", state == "down"),
    "statuses": lambda world, found: world.statuses(*found),
    "notices": lambda world, found: world.notices(*found),
    "live": lambda world, _: world.go_live(),
    "restart": lambda world, _: world.restart(),
    "ack": lambda world, fields: world.ack(**fields),
    "silence": lambda world, fields: world.silence(**fields),
    "expire": lambda world, name: world.expire(name),
    "unsubscribe": lambda world, name: world.unsubscribe(name),
    "subscribe": lambda world, found: world.subscribe_all(found),
    "external": lambda world, posted: world.external(*posted),
}
"""What a step may let happen, in this order."""
WORDS = {"at", "expect", "messages", "not_told", *ACTIONS}


def act(world: World, step: Any) -> None:
    """What the step says happens."""
    assert step.keys() <= WORDS, f"unknown words in {step}"
    for name, action in ACTIONS.items():
        if name in step:
            action(world, step[name])


def check(world: World, step: Any) -> None:
    """Everything that was told, and nothing else."""
    bodies = world.messages()
    told = world.told(bodies)
    wanted = step.get("expect") or []
    left = list(told)
    for one in wanted:
        match = next((line for line in left if fits(one, line)), None)
        assert match is not None, f"{step}\nnot told: {one}\ntold: {brief(told)}"
        left.remove(match)
    assert not left, f"{step}\ntold beside: {brief(left)}"
    if "messages" in step:
        assert len(bodies) == step["messages"], f"{step}\nmessages: {len(bodies)}"
    for one in step.get("not_told") or []:
        fingerprint = world.fingerprint(one["rule"])
        found = world.explain(one["to"], fingerprint)
        last = [item for item in found if item["kind"] == one["kind"]][-1]
        assert (last["told"], last["reason"]) == (False, one["reason"]), f"{step}\n{found}"


def fits(wanted: dict[str, Any], line: dict[str, Any]) -> bool:
    """Whether a line is what was wanted; `text` needs only to be in it."""
    plain = {name: value for name, value in wanted.items() if name != "text"}
    same = all(line[name] == value for name, value in plain.items())
    return same and str(wanted.get("text", "")) in line["text"]


def brief(lines: list[dict[str, Any]]) -> str:
    return "\n".join(
        str({name: value for name, value in line.items() if name != "text"}) for line in lines
    )
