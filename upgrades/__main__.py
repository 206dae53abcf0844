"""``python -m upgrades``: an old and a new version side by side on PostgreSQL and Kafka, with load.

By default the old version is the commit of the newest release that is kept (`tests/data/releases`)
and the new one this checkout; then this checkout and a made-up next version of it.
"""

import argparse
import logging
import shutil
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from chaos.processes import clean_environment
from chaos.system import running
from shared.testing.releases import releases
from shared.testing.trials import say, trial_folder, trial_options
from upgrades.fleet import Fleet
from upgrades.programs import Program, archived, next_version, present, why_not
from upgrades.results import RESULTS, Update, told
from upgrades.rollout import rounds, steps


def main() -> int:
    """Run, print, and fail when a step went wrong."""
    wanted = _arguments()
    clean_environment()
    logging.disable()  # clients of Kafka say at length that replicas leave
    folder = trial_folder("upgrade", wanted.folder)
    new = archived(wanted.new, folder / "new") if wanted.new else present()
    updates = []
    reason = why_not(wanted.old)
    if wanted.only == "next":
        pass
    elif reason is not None:
        say(f"skipped: {wanted.old} → {new.name}: {reason}")
    else:
        old = archived(wanted.old, folder / "old")
        updates.append(_update(old, new, folder / "released", wanted))
    if wanted.only != "released":
        later = next_version(new, folder / "next")
        updates.append(_update(new, later, folder / "tomorrow", wanted))
    if all(update.survived for update in updates):
        shutil.rmtree(folder, ignore_errors=True)
        return 0
    say(f"see {folder}")
    return 1


def _update(old: Program, new: Program, folder: Path, wanted: argparse.Namespace) -> Update:
    say(f"{old.name} → {new.name}, {folder}")
    begun = time.monotonic()
    update = Update(old.name, new.name, old.schemas(), new.schemas(), wanted.seed)

    def fleet(place: Path, settings: Mapping[str, str]) -> Fleet:
        made.append(Fleet(place, settings, old))
        return made[0]

    made: list[Fleet] = []
    with running(folder, "postgresql", wanted.seed, fleet) as system:
        for done in rounds(system, made[0], steps(old, new), wanted.seed, wanted.patience):
            say(told(done))
            update.rounds.append(done)
            update.seconds, update.sent = time.monotonic() - begun, system.feeder.sent
    if wanted.results is not None:
        RESULTS.keep(wanted.results, update)
    return update


def _commit(text: str) -> str:
    reason = why_not(text)
    if reason is not None:
        raise argparse.ArgumentTypeError(reason)
    return text


def _arguments() -> argparse.Namespace:
    parser = trial_options("upgrades", __doc__)
    parser.add_argument("--old", default=releases()[-1].commit, help="commit of the old version")
    parser.add_argument(
        "--new", type=_commit, help="commit of the new version; this checkout without it"
    )
    parser.add_argument("--only", choices=("released", "next"), help="one of the two updates")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
