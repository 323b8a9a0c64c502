"""Who may do what, and how much."""

import lazy_init

# joserfc imports what reads certificates. The service has none, so it is imported with the first one that is read.
with (
    lazy_init.patterns(),
    lazy_init.deferred("cryptography.x509", "load_pem_x509_certificate", "load_der_x509_certificate"),
):
    import joserfc.jws  # noqa: F401
