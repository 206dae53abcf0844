"""How programs of this machine ask its services where these speak HTTPS. Standard library only."""

import ssl
from pathlib import Path


def scheme(certificate: Path | None) -> str:
    """`https` where the services have a certificate, otherwise `http`."""
    return "http" if certificate is None else "https"


def trust(certificate: Path | None) -> ssl.SSLContext | None:
    """Trusts the services' own certificate and nothing else; null where they have none.

    Names are not compared: the certificate is for the name that people use, and here the address
    is this machine's. Only who holds the certificate's key can answer all the same. Raises
    OSError for a file that is no certificate.
    """
    if certificate is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    # The file's certificates are the end of the search, also when an authority issued them.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.load_verify_locations(certificate)
    return context
