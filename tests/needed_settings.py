"""The settings without which nothing starts, with values that no server needs to be at."""

NEEDED = {
    "GATEHOUSE_DATABASE_URL": "postgres://user:secret@127.0.0.1:5432/gatehouse",
    "GATEHOUSE_REDIS_URL": "redis://:secret@127.0.0.1:6379/0",
    "GATEHOUSE_TRITON_URL": "127.0.0.1:8001",
    "GATEHOUSE_SMTP_URL": "smtp://user:secret@127.0.0.1:1025",
    "GATEHOUSE_SIGNING_KEYS_FILE": "/etc/gatehouse/signing-keys.json",
    "GATEHOUSE_FRONTEND_URL": "https://front.example.org",
    "GATEHOUSE_MAIL_FROM": "Gatehouse <noreply@example.org>",
}
