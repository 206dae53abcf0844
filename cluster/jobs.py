"""What runs and ends: the job before a version, and the papers by the calendar."""

from cluster.client import Object, until
from cluster.trial import Trial, require
from shared.testing.manifests import of_kind

_HOUR = 3600
_EVERY_MINUTE = {"spec": {"schedule": "* * * * *"}}


def the_job_completes(trial: Trial) -> str:
    """A node takes it, and the controller sees its end; its containers are only played."""
    until(lambda: _succeeded(trial, "prepare"), "the job is done")
    (pod,) = _pods_of(trial, "prepare")
    containers = (*pod["spec"].get("initContainers", []), *pod["spec"]["containers"])
    return " → ".join(container["name"] for container in containers)


def the_job_removes_itself(trial: Trial) -> str:
    """An hour after its end; here after a second, which is what is changed for the trial."""
    (job,) = of_kind(trial.overlay, "Job")
    require(job["spec"]["ttlSecondsAfterFinished"] == _HOUR, "not an hour")
    until(lambda: _succeeded(trial, "prepare"), "the job is done")
    body = {"spec": {"ttlSecondsAfterFinished": 1}}
    trial.client.patch("jobs", trial.namespace, "prepare", body)
    until(lambda: not trial.client.is_there("jobs", trial.namespace, "prepare"), "it is gone")
    trial.apply()
    until(lambda: _succeeded(trial, "prepare"), "the next apply makes it anew")
    return "removed, and made anew by the next apply"


def papers_are_written_when_asked(trial: Trial) -> str:
    """`kubectl create job --from=cronjob/…` of each of them runs to its end."""
    names = [item["metadata"]["name"] for item in of_kind(trial.overlay, "CronJob")]
    for name in names:
        trial.kubectl("create", "job", f"--from=cronjob/{name}", f"{name}-now")
    until(lambda: all(_succeeded(trial, f"{name}-now") for name in names), "the papers are done")
    for name in names:
        trial.kubectl("delete", "job", f"{name}-now")
    return ", ".join(names)


def papers_are_written_by_the_clock(trial: Trial) -> str:
    """With a schedule of every minute, the controller makes a job and it ends."""
    name = "papers-weekly"
    (cron,) = [c for c in of_kind(trial.overlay, "CronJob") if c["metadata"]["name"] == name]
    trial.client.patch("cronjobs", trial.namespace, name, _EVERY_MINUTE)
    until(lambda: any(_done(job) for job in _jobs_of(trial, name)), "a job by the clock is done")
    trial.apply()
    again = trial.client.one("cronjobs", trial.namespace, name)["spec"]
    require(again["schedule"] == cron["spec"]["schedule"], f"{again['schedule']}")
    return f"in {again['timeZone']}"


def _succeeded(trial: Trial, name: str) -> bool:
    return _done(trial.client.one("jobs", trial.namespace, name))


def _done(job: Object) -> bool:
    return bool(job["status"].get("succeeded") == 1 and "completionTime" in job["status"])


def _jobs_of(trial: Trial, cron: str) -> list[Object]:
    jobs = trial.client.list("jobs", trial.namespace)
    return [j for j in jobs if any(o["name"] == cron for o in _owners(j))]


def _owners(item: Object) -> list[Object]:
    return list(item["metadata"].get("ownerReferences", []))


def _pods_of(trial: Trial, job: str) -> list[Object]:
    return trial.client.list("pods", trial.namespace, {"batch.kubernetes.io/job-name": job})
