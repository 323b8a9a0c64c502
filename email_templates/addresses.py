"""Which addresses an email can carry."""


def carries(address: str) -> bool:
    """Whether an email to this address can be composed, and reads back with this address and no other one."""
    # Most processes never check an address, and these take longer to import than to use.
    from email import message_from_bytes, policy
    from email.headerregistry import Address
    from email.message import EmailMessage

    try:
        message = EmailMessage(policy.SMTP)
        message["To"] = Address(addr_spec=address)
        read = message_from_bytes(message.as_bytes(), policy=policy.SMTP)["To"]
        return not read.defects and [one.addr_spec for one in read.addresses] == [address]
    # Python's parser ends on odd texts with errors of many kinds.
    except Exception:
        return False
