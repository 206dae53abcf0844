"""``python -m cluster``: the overlays on a real control plane with simulated nodes.

The first run builds the control plane from source with Go: a quarter of an hour of two cores.
"""

import argparse
import shutil
import sys
import time
from pathlib import Path

from cluster import surroundings
from cluster.campaign import CHECKS, run
from cluster.control_plane import control_plane
from cluster.kubelets import kubelets
from cluster.programs import CannotBuildError, Programs, programs
from cluster.results import RESULTS, Run, told
from cluster.trial import Trial
from shared.testing.trials import say, trial_folder


def main() -> int:
    """Run, print, and fail when something was not as promised."""
    wanted = _arguments()
    try:
        built = programs()
    except CannotBuildError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    folder = trial_folder("cluster", wanted.folder)
    runs = [_try(built, campaign, folder, wanted.results) for campaign in wanted.campaigns]
    if all(one.passed for one in runs):
        shutil.rmtree(folder, ignore_errors=True)
        return 0
    say(f"see {folder}")
    return 1


def _try(built: Programs, campaign: str, folder: Path, results: Path | None) -> Run:
    """On a control plane of its own."""
    say(f"{campaign}, {folder}")
    begun = time.monotonic()
    made = Run(campaign)
    overlay = campaign.split(maxsplit=1)[0]
    place = folder / campaign.replace(" ", "-")
    place.mkdir()
    with control_plane(built, place) as client, kubelets(client):
        surroundings.prepare(client)
        surroundings.renew_volumes(client, overlay)
        for seen in run(campaign, Trial(client, overlay, place)):
            say(told(seen))
            made.checks.append(seen)
            made.seconds = time.monotonic() - begun
            if results is not None:  # after each check: a run may be broken off
                RESULTS.keep(results, made)
    return made


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m cluster", description=__doc__)
    parser.add_argument("--campaigns", nargs="+", choices=[*CHECKS], default=[*CHECKS])
    parser.add_argument("--results", type=Path, help="JSON file to add the results to")
    parser.add_argument("--folder", type=Path, help="where logs go; kept on a failure")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
