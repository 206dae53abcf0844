"""The services as processes of two versions of the program."""

import os
import sys
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path

from chaos.processes import READY_SECONDS, Replica, Services
from clusterwatch.launcher.children import Child
from clusterwatch.services import SERVICES
from shared.testing.waiting import wait_until
from upgrades.programs import Program


class Fleet(Services):
    """What starts is of the version that `program` names at that moment."""

    def __init__(self, folder: Path, environment: Mapping[str, str], program: Program) -> None:
        super().__init__(folder, {**environment, "CLUSTERWATCH_AUTO_MIGRATE": "false"})
        self.program = program
        self.environment = {**os.environ, **environment}
        self.starts = 0
        """Processes started so far: more than were asked for are crashes."""

    def start_all(self) -> None:
        """Migrate, as the job does, and start one of each."""
        self.migrate()
        super().start_all()

    def migrate(self) -> str:
        """`clusterwatch migrate` of the present version; raises AssertionError when it fails."""
        return self._run("migrate")

    def check(self) -> str:
        """`clusterwatch migrate --check`; raises AssertionError where replicas must stop first."""
        return self._run("migrate", "--check")

    def _run(self, *arguments: str) -> str:
        code, text = self.program.run(*arguments, environment=self.environment)
        if code:
            raise AssertionError(f"{self.program.name}: {' '.join(arguments)}: {text}")
        return text

    def join_all(self) -> None:
        """A further replica of each service, of the present version, ready."""
        for service in SERVICES:
            self.join(service)

    def take_over(self) -> None:
        """The further replicas become the main ones; those of before end by SIGTERM, code 0."""
        leaving = list(self.main.values())
        for replica in list(self.further):
            self.main[replica.service] = replica
            self._ports[replica.service] = replica.port
            self.further.remove(replica)
        for replica in leaving:
            self._terminate(replica)

    def crash_all(self) -> None:
        """`kill -9` of the main replicas; others of the present version take their places."""
        for service in SERVICES:
            self.kill(service)
            self.start(service)
        wait_until(self._are_ready, seconds=READY_SECONDS, what="all are ready again")

    def _are_ready(self) -> bool:
        return all(replica.status("/readyz") == HTTPStatus.OK for replica in self.main.values())

    def _start(self, service: str, port: int) -> Replica:
        self.starts += 1
        root = self.program.root
        child = Child.start(
            service,
            [sys.executable, "-m", "clusterwatch", service],
            log=self.folder / f"{service}-{port}.log",
            env={
                **self._environment,
                "PYTHONPATH": str(root),
                f"CLUSTERWATCH_{service.upper()}_PORT": str(port),
            },
            cwd=root,
        )
        return Replica(service, port, child)
