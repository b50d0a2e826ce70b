"""Which certificates are believed beside those that the system trusts."""

import ssl


def problem_in_certificates(pem: str) -> str | None:
    """Why these cannot be trusted, or None where they can. Sooner than keep a private key in clear, it is refused."""
    if "PRIVATE KEY" in pem:
        return "There is a private key in this. Only certificates, please; nothing was kept."
    try:
        _trust(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), pem)  # without the system's, which take long to read
    except ValueError as error:
        return str(error)
    return None


def trusting(certificates: str) -> ssl.SSLContext:
    """What checks a server's certificate: by what this system trusts, and by these, given in PEM.

    Raises ValueError where there is no certificate in them, or a broken one.
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
    # So that also the server's own certificate may be given, or one from the middle of its chain.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
