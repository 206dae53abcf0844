"""Which checks are made of which overlay, in which order."""

import time
from collections.abc import Iterator, Sequence

from httpx import HTTPError

from cluster import admission, applying, disruption, jobs, scheduling, stand_ins, updates
from cluster.client import Refused
from cluster.results import Seen
from cluster.trial import Check, Trial, Wrong

_BY_THE_SERVER: Sequence[Check] = (
    applying.apply_server_side,
    applying.apply_server_side_again,
    applying.remove,
)
_AS_DOCUMENTED: Sequence[Check] = (
    applying.apply_as_documented,
    scheduling.everything_becomes_available,
    jobs.the_job_completes,
    applying.apply_again,
    stand_ins.what_pods_refer_to,
    admission.every_pod_is_admitted,
    admission.a_pod_with_rights_is_refused,
    admission.accounts_may_do_nothing,
    scheduling.services_reach_their_pods,
)
_PAPERS: Sequence[Check] = (
    jobs.papers_are_written_when_asked,
    jobs.papers_are_written_by_the_clock,
    scheduling.claims_are_bound,
    jobs.the_job_removes_itself,
)
CHECKS: dict[str, Sequence[Check]] = {  # the first word is the overlay
    "dev": (
        *_BY_THE_SERVER,
        *_AS_DOCUMENTED,
        *_PAPERS,
        scheduling.a_volume_has_one_pod,
        updates.an_old_pod_goes_first,
        applying.remove,
    ),
    "prod": (
        *_BY_THE_SERVER,
        applying.follow_the_page,
        stand_ins.secrets_of_strimzi,
        *_AS_DOCUMENTED,
        admission.pods_of_operators_are_admitted,
        *_PAPERS,
        scheduling.replicas_are_spread,
        scheduling.the_largest_number_fits_in_two_zones,
    ),
    "prod in motion": (
        applying.follow_the_page,
        applying.apply_as_documented,
        scheduling.everything_becomes_available,
        jobs.the_job_completes,
        scheduling.more_than_the_nodes_have_waits,
        disruption.a_second_eviction_is_refused,
        disruption.pods_that_are_not_ready_may_be_evicted,
        disruption.a_node_is_emptied,
        updates.an_apply_keeps_the_replicas,
        updates.the_job_stands_in_the_way,
        updates.a_version_rolls_out,
        updates.a_bad_version_stops,
        updates.other_settings_roll_the_pods,
        applying.remove,
    ),
}


def run(campaign: str, trial: Trial) -> Iterator[Seen]:
    """Each check of the campaign; what one finds does not keep the next from running."""
    trial.before = applying.outside_of_namespaces(trial)
    for check in CHECKS[campaign]:
        begun = time.monotonic()
        told, problem = "", ""
        try:
            told = check(trial)
        except (Refused, Wrong, TimeoutError, ValueError, HTTPError) as error:
            problem = f"{type(error).__name__}: {error}"
        title = check.__name__.replace("_", " ")
        yield Seen(title, told, problem, round(time.monotonic() - begun, 1))
