"""A handle of libcurl's that dials and encrypts as it is told, and does nothing else."""

import ssl
from typing import Any

import pycurl


def new_handle(ca: str) -> pycurl.Curl:
    """One with everything off that was not asked for. ``ca`` are certificates, in PEM, to be trusted beside the
    system's."""
    handle, trusted = pycurl.Curl(), ssl.get_default_verify_paths()
    settings: dict[int, Any] = {
        pycurl.CONNECT_ONLY: 1,  # what goes through the connection is written and read here
        pycurl.NOSIGNAL: 1,  # signals belong to the main thread
        pycurl.PROTOCOLS: pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS,
        pycurl.HTTP_VERSION: pycurl.CURL_HTTP_VERSION_1_1,
        pycurl.PROXY: "",  # not what the environment says either
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
        handle.set_ca_certs(ca)  # beside the others; CAINFO_BLOB would put it in their place
    return handle
