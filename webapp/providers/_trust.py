"""Which certificates are trusted besides the system's."""

import ssl


def problem_in_certificates(pem: str) -> str | None:
    """Why these certificates cannot be trusted, or None where they can. A private key among them is refused, so that it
    is never stored in clear."""
    if "PRIVATE KEY" in pem:
        return "There is a private key in this. Only certificates, please; nothing was kept."
    try:
        _trust(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), pem)  # without the system's certificates: they load slowly
    except ValueError as error:
        return str(error)
    return None


def trusting(certificates: str) -> ssl.SSLContext:
    """A context that checks a server's certificate by the system's trusted ones and by ``certificates``, in PEM.

    Raises ValueError where they contain no certificate, or a broken one.
    """
    context = ssl.create_default_context()
    _trust(context, certificates)
    return context


def _trust(context: ssl.SSLContext, certificates: str) -> None:
    if not certificates:
        return
    try:
        context.load_verify_locations(cadata=certificates)
    except (ssl.SSLError, TypeError):  # the latter for what is not ASCII
        raise ValueError("Certificates in PEM, please: whole blocks from BEGIN to END CERTIFICATE.") from None
    # So that a server's own certificate, or an intermediate one, may be given too.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
