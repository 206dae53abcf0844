"""Free TCP ports on the loopback interface."""

import socket
from collections.abc import Iterable

LOOPBACK = "127.0.0.1"


def is_free(port: int) -> bool:
    """Whether a server could listen on `port` of the loopback interface now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # Servers reuse addresses too; without it a port in TIME_WAIT would count as taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_ports(count: int, preferred: Iterable[int] = ()) -> list[int]:
    """`count` different free ports: the preferred ones that are free, then arbitrary ones."""
    chosen = [port for port in dict.fromkeys(preferred) if is_free(port)][:count]
    held: list[socket.socket] = []
    try:
        while len(chosen) < count:
            holder = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            held.append(holder)
            holder.bind((LOOPBACK, 0))
            port = int(holder.getsockname()[1])
            if port not in chosen:
                chosen.append(port)
    finally:
        for holder in held:
            holder.close()
    return chosen
