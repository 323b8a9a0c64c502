"""A certificate authority of the tests, and a server's certificate that it signs."""

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat


def make(folder: Path, *names: str) -> tuple[Path, ssl.SSLContext]:
    """The file of the authority, and a server's context for these names and addresses."""
    authority, own = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    of_authority = _named("Tests")
    now = datetime.now(UTC)
    root = (
        x509.CertificateBuilder(of_authority, of_authority, authority.public_key(), 1, now - _HOUR, now + _HOUR)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(authority.public_key()), critical=False)
        .sign(authority, hashes.SHA256())
    )
    alternatives = x509.SubjectAlternativeName([_alternative(name) for name in names])
    leaf = (
        x509.CertificateBuilder(of_authority, _named("receiver"), own.public_key(), 2, now - _HOUR, now + _HOUR)
        .add_extension(alternatives, critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key()), critical=False)
        .sign(authority, hashes.SHA256())
    )
    file, pem = folder / "authority.pem", folder / "receiver.pem"
    file.write_bytes(root.public_bytes(Encoding.PEM))
    pem.write_bytes(
        leaf.public_bytes(Encoding.PEM) + own.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pem)
    return file, context


_HOUR = timedelta(hours=1)


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)
