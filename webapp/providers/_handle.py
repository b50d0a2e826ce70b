"""A libcurl handle that only connects and encrypts."""

import ssl
from typing import Any

import pycurl


def new_handle(ca: str) -> pycurl.Curl:
    """A handle with every optional feature switched off. ``ca`` are certificates in PEM, trusted besides the
    system's."""
    handle, trusted = pycurl.Curl(), ssl.get_default_verify_paths()
    settings: dict[int, Any] = {
        pycurl.CONNECT_ONLY: 1,  # requests are written and answers are read by Belfry
        pycurl.NOSIGNAL: 1,  # signals belong to the main thread
        pycurl.PROTOCOLS: pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS,
        pycurl.HTTP_VERSION: pycurl.CURL_HTTP_VERSION_1_1,
        pycurl.PROXY: "",  # nor any proxy named in the environment
        pycurl.NETRC: pycurl.NETRC_IGNORED,
        pycurl.SSLVERSION: pycurl.SSLVERSION_TLSv1_2,
        pycurl.SSL_VERIFYPEER: 1,
        pycurl.SSL_VERIFYHOST: 2,
        pycurl.OPT_CERTINFO: 1,
    }
    settings |= {pycurl.CAINFO: trusted.cafile} if trusted.cafile else {}
    settings |= {pycurl.CAPATH: trusted.capath} if trusted.capath else {}
    for option, value in settings.items():
        handle.setopt(option, value)
    if ca.strip():
        handle.set_ca_certs(ca)  # adds to the system's certificates; CAINFO_BLOB would replace them
    return handle
