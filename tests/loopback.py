"""Requests to a loopback port, which never speaks TLS."""

import ssl

# A client reads all certificates of the system when it is made, which costs more than its requests.
NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""The `verify` of a client that connects by plain HTTP alone."""
