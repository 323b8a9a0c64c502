"""Who may do what, and how much."""

import lazy_init

_OF_SSH = (
    "SSHCertPrivateKeyTypes",
    "SSHCertPublicKeyTypes",
    "SSHCertificate",
    "SSHCertificateBuilder",
    "SSHCertificateType",
    "SSHPrivateKeyTypes",
    "SSHPublicKeyTypes",
    "load_ssh_private_key",
    "load_ssh_public_identity",
    "load_ssh_public_key",
    "ssh_key_fingerprint",
)
# Device cookies, sealed secrets and second factors: not before the first login.
lazy_init.of("joserfc.jwe", "joserfc.jwt", "pyotp")
# joserfc imports what reads certificates and keys of SSH. The service has neither: they come with the first one.
with (
    lazy_init.patterns(),
    lazy_init.deferred("cryptography.x509", "load_pem_x509_certificate", "load_der_x509_certificate"),
    lazy_init.deferred("cryptography.hazmat.primitives.serialization.ssh", *_OF_SSH),
):
    import joserfc.jws  # noqa: F401
