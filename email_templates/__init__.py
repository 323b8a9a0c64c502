"""Mails: their texts in each language, the queue they wait in, and the only code that knows SMTP."""
