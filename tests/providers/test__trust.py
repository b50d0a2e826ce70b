"""Which certificates may be given: whole ones, in PEM, and nothing that should not be kept in clear."""

import ssl

import pytest

from webapp.providers._trust import problem_in_certificates, trusting


def test_none_at_all_means_what_the_system_trusts():
    assert problem_in_certificates("") is None
    assert trusting("").verify_mode is ssl.CERT_REQUIRED


def test_a_certificate_is_taken_but_no_key_beside_it(make_certificate):
    both = make_certificate().file.read_text()
    certificate, _, key = both.partition("-----BEGIN PRIVATE KEY")
    assert key
    assert problem_in_certificates(certificate) is None
    assert "private key" in (problem_in_certificates(both) or "")


@pytest.mark.parametrize("pem", ["ca.pem", "zertifikat für mail", "-----BEGIN CERTIFICATE-----\nAAAA\n"])
def test_what_is_none_is_refused(pem):
    assert "Certificates in PEM, please" in (problem_in_certificates(pem) or "")
    with pytest.raises(ValueError, match="PEM"):
        trusting(pem)
