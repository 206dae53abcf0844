"""A control plane on loopback with certificates and tokens of its own, thrown away at the end."""

import json
import secrets
import ssl
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx

from cluster.client import Client
from cluster.programs import Programs
from clusterwatch.launcher.children import Child
from clusterwatch.launcher.ports import LOOPBACK, free_ports
from shared.testing.certificates import TestAuthority
from shared.testing.waiting import wait_until

_SERVICES = "10.96.0.0/16"
_PATIENCE = 120.0
_USERS = {
    "admin": "system:masters",
    "system:kube-controller-manager": "",
    "system:kube-scheduler": "",
}


@contextmanager
def control_plane(programs: Programs, folder: Path) -> Iterator[Client]:
    """etcd, API server, controller manager and scheduler; what they say is in the folder."""
    plane = _ControlPlane(programs, folder)
    with ExitStack() as running:
        for name, command in plane.commands():
            child = Child.start(name, command, log=folder / f"{name}.log")
            running.callback(child.stop)
            plane.wait(child)
        client = Client(plane.kubeconfig("admin"), plane.client())
        with client.http:
            yield client


class _ControlPlane:
    def __init__(self, programs: Programs, folder: Path) -> None:
        self._programs, self._folder = programs, folder
        self._authority = TestAuthority(folder / "certificates")
        self._tokens = {user: secrets.token_hex(16) for user in _USERS}
        etcd, peers, self._api, manager, scheduler = free_ports(5)
        self._ports = {"kube-controller-manager": manager, "kube-scheduler": scheduler}
        self._etcd, self._peers = f"https://{LOOPBACK}:{etcd}", f"https://{LOOPBACK}:{peers}"
        self._server = self._authority.issue("server", LOOPBACK, "localhost")
        self._reader = self._authority.issue("reader")
        lines = (f'{self._tokens[user]},{user},{user},"{group}"' for user, group in _USERS.items())
        self._write("tokens.csv", "\n".join(lines))

    def commands(self) -> Iterator[tuple[str, list[str]]]:
        """Name and command line, in the order in which they are started."""
        yield "etcd", [str(self._programs["server"]), *_flags(self._etcd_flags())]
        yield "kube-apiserver", self._command("kube-apiserver", self._api_flags())
        for name in ("kube-controller-manager", "kube-scheduler"):
            yield name, self._command(name, self._controller_flags(name))

    def wait(self, child: Child) -> None:
        """Until it answers; raises RuntimeError with its last words."""

        def known() -> bool:
            return not child.running or self._answers(child.name)

        try:
            wait_until(known, seconds=_PATIENCE, what=f"{child.name} is ready")
        except TimeoutError as error:
            raise RuntimeError(f"{child.name} did not start: {child.last_words()}") from error
        if not child.running:
            raise RuntimeError(f"{child.name} ended: {child.last_words()}")

    def client(self) -> httpx.Client:
        """For the administrator."""
        return httpx.Client(
            base_url=f"https://{LOOPBACK}:{self._api}",
            headers={"Authorization": f"Bearer {self._tokens['admin']}"},
            verify=ssl.create_default_context(cafile=self._authority.file),
            timeout=60,
        )

    def kubeconfig(self, user: str) -> Path:
        """How a client finds the API server and who it is."""
        server = f"https://{LOOPBACK}:{self._api}"
        cluster = {"server": server, "certificate-authority": str(self._authority.file)}
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "tried", "cluster": cluster}],
            "users": [{"name": user, "user": {"token": self._tokens[user]}}],
            "contexts": [{"name": "tried", "context": {"cluster": "tried", "user": user}}],
            "current-context": "tried",
        }
        return self._write(f"{user.replace(':', '-')}.kubeconfig", json.dumps(config))

    def _answers(self, name: str) -> bool:
        if name in self._ports:
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            url = f"https://{LOOPBACK}:{self._ports[name]}/healthz"
            return httpx.get(url, verify=context).is_success
        if name == "etcd":
            context = ssl.create_default_context(cafile=self._authority.file)
            context.load_cert_chain(*self._reader)
            return httpx.get(f"{self._etcd}/health", verify=context).is_success
        if name == "kube-apiserver":
            with self.client() as client:
                return client.get("/readyz").is_success
        return True

    def _command(self, name: str, flags: Mapping[str, object]) -> list[str]:
        return [str(self._programs[name]), *_flags(flags)]

    def _etcd_flags(self) -> dict[str, object]:
        certificate, key = self._server
        return {
            "name": "tried",
            "data-dir": self._folder / "etcd",
            "listen-client-urls": self._etcd,
            "advertise-client-urls": self._etcd,
            "listen-peer-urls": self._peers,
            "initial-advertise-peer-urls": self._peers,
            "initial-cluster": f"tried={self._peers}",
            "cert-file": certificate,
            "key-file": key,
            "client-cert-auth": "true",
            "trusted-ca-file": self._authority.file,
            "peer-cert-file": certificate,
            "peer-key-file": key,
            "peer-client-cert-auth": "true",
            "peer-trusted-ca-file": self._authority.file,
            "unsafe-no-fsync": "true",
            "log-level": "warn",
        }

    def _api_flags(self) -> dict[str, object]:
        certificate, key = self._server
        etcd_certificate, etcd_key = self._reader
        return {
            "etcd-servers": self._etcd,
            "etcd-cafile": self._authority.file,
            "etcd-certfile": etcd_certificate,
            "etcd-keyfile": etcd_key,
            "bind-address": LOOPBACK,
            "secure-port": self._api,
            "tls-cert-file": certificate,
            "tls-private-key-file": key,
            "token-auth-file": self._folder / "tokens.csv",
            "authorization-mode": "Node,RBAC",
            "allow-privileged": "true",  # as installers do; the namespace refuses
            "service-cluster-ip-range": _SERVICES,
            "service-account-issuer": "https://tried.invalid",
            "service-account-key-file": certificate,
            "service-account-signing-key-file": key,
            "endpoint-reconciler-type": "none",  # loopback may not be an endpoint
        }

    def _controller_flags(self, name: str) -> dict[str, object]:
        config = self.kubeconfig(f"system:{name}")
        flags: dict[str, object] = {
            "kubeconfig": config,
            "authentication-kubeconfig": config,
            "authorization-kubeconfig": config,
            "bind-address": LOOPBACK,
            "secure-port": self._ports[name],
            "cert-dir": self._folder / name,
            "leader-elect": "false",
        }
        if name == "kube-controller-manager":
            _, key = self._server
            flags |= {
                "service-account-private-key-file": key,
                "root-ca-file": self._authority.file,
                "use-service-account-credentials": "true",
            }
        return flags

    def _write(self, name: str, text: str) -> Path:
        file = self._folder / name
        file.touch(mode=0o600)
        file.write_text(text, encoding="utf-8")
        return file


def _flags(values: Mapping[str, object]) -> list[str]:
    return [f"--{name}={value}" for name, value in values.items()]
