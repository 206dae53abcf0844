"""What it costs to tell a webhook of an alert. Used by `capacity.py`."""

import subprocess
import sys
import time

import httpx
from capacity_system import PATIENCE, Spent, System

_PIECE = 50
"""Alerts in a request, about as many as a Prometheus sends at once."""
_RECEIVER = """
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
class Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()
    def log_message(self, *_): pass
server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
print(server.server_port, flush=True)
server.serve_forever()
"""


def deliver(system: System, spent: Spent, alerts: int) -> float:
    """CPU seconds of a delivery, with the arrival of its alert: a Prometheus's to one webhook."""
    url = system.urls["alerts"]
    with subprocess.Popen(  # noqa: S603 - a program of ours
        [sys.executable, "-c", _RECEIVER], stdout=subprocess.PIPE, text=True
    ) as receiver:
        try:
            port = receiver.stdout.readline().strip() if receiver.stdout else ""
            wanted = {
                "owner": "模拟专班",
                "filter": {"rule": "external"},
                "channels": [{"type": "webhook", "target": f"http://127.0.0.1:{port}/"}],
            }
            httpx.post(f"{url}/api/v1/subscriptions", json=wanted, timeout=60).raise_for_status()
            body = [
                {
                    "labels": {"alertname": f"simulated-{number:05}", "severity": "critical"},
                    "annotations": {"summary": "模拟告警"},
                    "endsAt": "2100-01-01T00:00:00Z",
                }
                for number in range(alerts)
            ]
            for start in range(0, alerts, _PIECE):
                answer = httpx.post(
                    f"{url}/api/v2/alerts", json=body[start : start + _PIECE], timeout=120
                )
                answer.raise_for_status()
            wait_until_sent(system, alerts)
            return spent.own("alerts") / alerts
        finally:
            receiver.terminate()


def wait_until_sent(system: System, number: int) -> None:
    """Every alert was posted to the webhook."""
    deadline = time.monotonic() + PATIENCE
    word = 'clusterwatch_alerts_deliveries{channel="webhook",status="sent"}'
    while time.monotonic() < deadline:
        for line in system.page("alerts").splitlines():
            if line.startswith(word) and float(line.split()[-1]) >= number:
                return
        time.sleep(0.5)
    raise SystemExit("not everything was delivered")
