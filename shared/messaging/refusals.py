"""Why a Kafka cluster does not let us in, in words that name the setting to change.

Both client libraries try every address again and again and then say only that none could be
reached; so one connection is made by hand to hear the broker's own answer.
"""

import asyncio
import ssl
from collections.abc import Callable
from typing import TypeVar

from aiokafka.conn import create_conn
from aiokafka.errors import (
    IllegalSaslStateError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
)
from aiokafka.errors import KafkaError as AsyncKafkaError
from kafka.errors import KafkaError, KafkaTimeoutError

from shared.messaging.cluster import KafkaCluster

_ANSWER_SECONDS = 10.0
_FIRST_TRY_MS = 4_000
"""A broker that refuses us stays silent as one that is starting does; then the reason is asked."""

_CLOSING_SECONDS = 0.05
"""asyncio lets go of a closed connection some turns later."""

Client = TypeVar("Client")


class KafkaRefusedError(KafkaError):  # type: ignore[misc]
    """The brokers are there and refuse us; the text names the setting."""

    def __str__(self) -> str:
        """The text alone."""
        return str(self.args[0])


def connected(make: Callable[[int], Client], cluster: KafkaCluster, patience_ms: int) -> Client:
    """A client of kafka-python, made with a time-out in milliseconds.

    Raises kafka.errors.KafkaError, `KafkaRefusedError` where the broker says why. Blocks.
    """
    first = min(patience_ms, _FIRST_TRY_MS) if cluster.is_secured else patience_ms
    try:
        return make(first)
    except KafkaTimeoutError as error:
        refusal = asyncio.run(why_refused(cluster)) if cluster.is_secured else None
        if refusal is not None:
            raise KafkaRefusedError(refusal) from error
        if first == patience_ms:
            raise
    return make(patience_ms - first)


async def why_refused(cluster: KafkaCluster) -> str | None:
    """What the first broker that answers says against us; null when it is content or away."""
    arguments = cluster.client_arguments()
    for address in arguments.pop("bootstrap_servers"):
        host, _, port = address.rpartition(":")
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                connection = await create_conn(host.strip("[]"), int(port), **arguments)
        except (AsyncKafkaError, OSError, TimeoutError) as error:
            words = _words(error, cluster)
            if words is not None:
                return f"{address} refuses us: {words}"
        else:
            connection.close()
            return None
        finally:
            await asyncio.sleep(_CLOSING_SECONDS)
    return None


def _words(error: Exception, cluster: KafkaCluster) -> str | None:
    match error:
        case SaslAuthenticationFailed():
            return (
                f"user {cluster.username} is unknown or the password is wrong; check "
                "CLUSTERWATCH_KAFKA_USERNAME and CLUSTERWATCH_KAFKA_PASSWORD"
            )
        case UnsupportedSaslMechanismError():
            return f"it does not take {cluster.mechanism}; check CLUSTERWATCH_KAFKA_SASL_MECHANISM"
        case IllegalSaslStateError():
            return "it asks for no user; check CLUSTERWATCH_KAFKA_SECURITY_PROTOCOL"
        case ssl.SSLCertVerificationError():
            return (
                f"its certificate is not trusted ({error.verify_message}); check "
                "CLUSTERWATCH_KAFKA_CA_FILE and the host names in "
                "CLUSTERWATCH_KAFKA_BOOTSTRAP_SERVERS"
            )
        case ConnectionRefusedError() | OSError(errno=int()) if not isinstance(error, ssl.SSLError):
            return None  # nobody is there, or no way leads there
    return _words_about_silence(cluster)


def _words_about_silence(cluster: KafkaCluster) -> str:
    """A listener of another protocol, or one that wants a certificate, just hangs up."""
    if cluster.protocol == "SSL" and cluster.certificate_file is None:
        return (
            "it hung up; it may ask for our certificate: set CLUSTERWATCH_KAFKA_CERTIFICATE_FILE "
            "and CLUSTERWATCH_KAFKA_KEY_FILE, or check CLUSTERWATCH_KAFKA_SECURITY_PROTOCOL"
        )
    return (
        "it hung up or did not answer; check that CLUSTERWATCH_KAFKA_SECURITY_PROTOCOL="
        f"{cluster.protocol} is what its listener speaks"
    )
