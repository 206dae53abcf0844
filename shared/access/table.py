"""The authorisation table: every route of every service, and who may use it.

A route that is not listed is for administrators only, and a test fails until it is listed.
"""

from collections.abc import Mapping
from enum import Enum

from shared.access.readers import Role


class Need(Enum):
    """Who may use a route."""

    PUBLIC = frozenset[Role]()
    """Everybody, signed in or not."""
    READ = frozenset({Role.VIEWER, Role.TASK_FORCE, Role.ADMINISTRATOR})
    ACT = frozenset({Role.TASK_FORCE, Role.ADMINISTRATOR})
    SEND = frozenset({Role.FEED, Role.ADMINISTRATOR})
    ADMINISTER = frozenset({Role.ADMINISTRATOR})

    def allows(self, role: Role) -> bool:
        """Whether a role may use such a route."""
        return self is Need.PUBLIC or role in self.value


_COMMON = {
    "GET /healthz": Need.PUBLIC,
    "GET /readyz": Need.PUBLIC,
    "GET /sign-in": Need.PUBLIC,
    "POST /sign-in": Need.PUBLIC,
    "POST /sign-out": Need.PUBLIC,
    "GET /openapi.json": Need.READ,
    "GET /metrics": Need.READ,
    "GET /api/v1/reconciliation": Need.READ,
    "GET /api/v1/audit": Need.ADMINISTER,
}

_INGEST = {
    "POST /api/v1/events/{topic}": Need.SEND,
    "POST /api/v1/files": Need.SEND,
    "GET /api/v1/dead-letters": Need.ADMINISTER,
    "GET /api/v1/dead-letters/{id}": Need.ADMINISTER,
    "POST /api/v1/dead-letters/{id}/replay": Need.ADMINISTER,
    "POST /api/v1/dead-letters/{id}/mend": Need.ADMINISTER,
    "GET /api/v1/parked": Need.ADMINISTER,
    "GET /api/v1/parked/subjects": Need.ADMINISTER,
    "GET /api/v1/held": Need.ADMINISTER,
    "GET /api/v1/held/{id}": Need.ADMINISTER,
    "POST /api/v1/held/{id}/confirm": Need.ADMINISTER,
    "POST /api/v1/held/{id}/reject": Need.ADMINISTER,
    "GET /api/v1/subjects/{token}": Need.ADMINISTER,
    "GET /api/v1/warnings": Need.ADMINISTER,
}

_METRICS = {
    "GET /wall": Need.READ,
    "GET /wall/{path:path}": Need.READ,
    "GET /api/v1/wall/events": Need.READ,
    "GET /api/v1/wall/ticker": Need.READ,
    "GET /api/v1/plans": Need.READ,
    "GET /api/v1/plans/{plan}": Need.READ,
    "GET /api/v1/publications": Need.READ,
    "POST /api/v1/publications": Need.ADMINISTER,
    "GET /api/v1/publications/{plan}/{period}": Need.READ,
    "GET /api/v1/publications/{plan}/{period}/corrections": Need.READ,
    "GET /api/v1/clusters/{cluster}/path": Need.READ,
    "GET /api/v1/clusters/{cluster}/indicators": Need.READ,
    "GET /api/v1/clusters": Need.READ,
    "GET /api/v1/ranking": Need.READ,
    "GET /api/v1/scores": Need.READ,
    "GET /api/v1/clusters/{cluster}": Need.READ,
    "GET /api/v1/clusters/{cluster}/what-if": Need.READ,
    "GET /api/v1/clusters/{cluster}/history": Need.READ,
}

_ALERTS = {
    "GET /api/v1/alerts": Need.READ,
    "GET /api/v1/alerts/{fingerprint}": Need.READ,
    "POST /api/v1/alerts/{fingerprint}/ack": Need.ACT,
    "GET /api/v1/deliveries": Need.READ,
    "GET /api/v1/explain": Need.READ,
    "GET /api/v1/subscriptions": Need.READ,
    "POST /api/v1/subscriptions": Need.ACT,
    "POST /api/v1/subscriptions/preview": Need.ACT,
    "GET /api/v1/subscriptions/{subscription_id}": Need.READ,
    "PUT /api/v1/subscriptions/{subscription_id}": Need.ACT,
    "DELETE /api/v1/subscriptions/{subscription_id}": Need.ACT,
    "POST /api/v1/subscriptions/{subscription_id}/test": Need.ACT,
    "GET /api/v1/silences": Need.READ,
    "POST /api/v1/silences": Need.ACT,
    "GET /api/v1/silences/{silence_id}": Need.READ,
    "PUT /api/v1/silences/{silence_id}": Need.ACT,
    "DELETE /api/v1/silences/{silence_id}": Need.ACT,
    "GET /api/v1/reports": Need.READ,
    "GET /api/v1/reports/{kind}": Need.READ,
    "POST /api/v1/reports/{kind}": Need.ADMINISTER,
    "GET /console": Need.READ,
    "GET /console/static/{name}": Need.PUBLIC,
    "GET /console/a/{code}": Need.PUBLIC,  # the code is the right to acknowledge one alert
    "POST /console/a/{code}": Need.PUBLIC,
    "GET /console/alerts": Need.READ,
    "GET /console/alerts/{fingerprint}": Need.READ,
    "POST /console/alerts/{fingerprint}/acknowledge": Need.ACT,
    "GET /console/subscriptions": Need.READ,
    "GET /console/subscriptions/{subscription_id}": Need.ACT,
    "POST /console/subscriptions/{subscription_id}": Need.ACT,
    "POST /console/subscriptions/{subscription_id}/test": Need.ACT,
    "GET /console/silences": Need.READ,
    "POST /console/silences": Need.ACT,
    "POST /console/silences/{silence_id}/end": Need.ACT,
    "GET /console/papers": Need.READ,
    "GET /console/deliveries": Need.READ,
    "GET /console/audit": Need.ADMINISTER,
    "GET /console/intake": Need.ADMINISTER,
    "POST /console/intake/held/{held_id}": Need.ADMINISTER,
    "POST /api/v1/webhook": Need.SEND,
    "POST /api/v1/webhook/alertmanager": Need.SEND,
    "GET /-/healthy": Need.PUBLIC,
    "GET /-/ready": Need.PUBLIC,
    "GET /api/v2/status": Need.READ,
    "GET /api/v2/receivers": Need.READ,
    "GET /api/v2/alerts": Need.READ,
    "POST /api/v2/alerts": Need.SEND,
    "GET /api/v2/alerts/groups": Need.READ,
    "GET /api/v2/silences": Need.READ,
    "POST /api/v2/silences": Need.ACT,
    "GET /api/v2/silence/{silence_id}": Need.READ,
    "DELETE /api/v2/silence/{silence_id}": Need.ACT,
}

NEEDS: Mapping[str, Mapping[str, Need]] = {
    "ingest": {**_COMMON, **_INGEST},
    "metrics": {**_COMMON, **_METRICS},
    "alerts": {**_COMMON, **_ALERTS},
}
"""By service, then by method and path as the route declares it."""


def need_of(service: str, method: str, path: str) -> Need:
    """Who may use a route; HEAD is GET."""
    verb = "GET" if method == "HEAD" else method
    return NEEDS.get(service, {}).get(f"{verb} {path}", Need.ADMINISTER)
