"""``python -m chaos``: a seeded campaign on one kind of store, or half of it on each."""

import argparse
import logging
import shutil
import sys
import time
from datetime import UTC, datetime

from chaos import checks
from chaos.campaign import Limits, run, told
from chaos.faults import TABLE, possible
from chaos.processes import clean_environment
from chaos.results import RESULTS, Campaign, summary
from chaos.system import running
from shared.testing.trials import checked_out, say, trial_folder, trial_options

STORES = ("sqlite", "postgresql")


def main() -> int:
    """Run, print, and fail when a round was not survived."""
    wanted = _arguments()
    clean_environment()
    logging.disable()  # clients of Kafka say at length that it is away
    stores = STORES if wanted.store == "both" else (wanted.store,)
    campaigns = [_campaign(store, wanted, len(stores)) for store in stores]
    for campaign in campaigns:
        say(summary(campaign))
    return 0 if all(campaign.survived for campaign in campaigns) else 1


def _campaign(store: str, wanted: argparse.Namespace, shares: int) -> Campaign:
    folder = trial_folder(f"chaos-{store}", wanted.folder)
    limits = Limits(wanted.rounds, wanted.minutes * 60 / shares, wanted.patience)
    begun = time.monotonic()
    named = store if wanted.brokers == 1 else f"{store}, three brokers"
    campaign = Campaign(named, wanted.seed, checked_out(), f"{datetime.now(UTC):%F}")
    say(f"{store}, seed {wanted.seed}, {folder}")
    with running(folder, store, wanted.seed, brokers=wanted.brokers) as system:
        faults = [fault for fault in possible(system.database) if fault.name in wanted.faults]
        if not faults:
            say(f"None of these faults can be made on {store} here.")
        for done in run(system, faults, wanted.seed, limits):
            say(told(done))
            campaign.rounds.append(done)
            campaign.seconds = time.monotonic() - begun
            campaign.sent = system.feeder.sent
            campaign.marked_repeats = checks.marked_repeats(system.receiver.shown())
            campaign.slowest_stop_seconds = system.services.slowest_stop
            if wanted.results is not None:  # after each round: a campaign may be broken off
                RESULTS.keep(wanted.results, campaign)
    if campaign.survived:
        shutil.rmtree(folder, ignore_errors=True)
    return campaign


def _names(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",")]
    unknown = [name for name in names if name not in TABLE]
    if unknown:
        raise argparse.ArgumentTypeError(f"there is no fault {unknown[0]!r}")
    return names


def _arguments() -> argparse.Namespace:
    parser = trial_options("chaos", __doc__)
    parser.add_argument("--rounds", type=int, default=1_000_000, help="at most, on each store")
    parser.add_argument("--minutes", type=float, default=20.0, help="at most, in all")
    parser.add_argument("--store", choices=(*STORES, "both"), default="both")
    parser.add_argument(
        "--brokers",
        type=int,
        choices=(1, 3),
        default=1,
        help="of three, faults of the broker hit one in turn, and every record stands on two",
    )
    parser.add_argument(
        "--faults", type=_names, default=[*TABLE], help=f"comma separated; all: {', '.join(TABLE)}"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
