"""Certificates that a test makes for itself."""

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


@dataclass(frozen=True)
class Certificate:
    """A self-signed certificate, and the TLS context of a server that uses it."""

    file: Path
    context: ssl.SSLContext


@pytest.fixture(scope="session")
def make_certificate(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Certificate]:
    """Certificates for localhost and 127.0.0.1 that are good for a day, or as given."""

    def make(name: str = "localhost", address: str = "127.0.0.1", days: int = 1) -> Certificate:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        names = x509.SubjectAlternativeName([x509.DNSName(name), x509.IPAddress(IPv4Address(address))])
        now = datetime.now(UTC)
        ends = now + timedelta(days=days)
        begins = min(now, ends) - timedelta(days=2)
        built = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
        built = built.serial_number(1).not_valid_before(begins).not_valid_after(ends)
        signed = built.add_extension(names, critical=False).sign(key, hashes.SHA256())
        encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
        file = tmp_path_factory.mktemp("certificate") / "both.pem"
        file.write_bytes(
            signed.public_bytes(encoding) + key.private_bytes(encoding, form, serialization.NoEncryption())
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return Certificate(file, context)

    return make


@pytest.fixture
def certificate(make_certificate: Callable[..., Certificate], monkeypatch: pytest.MonkeyPatch) -> Certificate:
    """A certificate that this test trusts, as if an authority had signed it."""
    made = make_certificate()
    monkeypatch.setenv("SSL_CERT_FILE", str(made.file))
    return made
