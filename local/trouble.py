"""What keeps Gatehouse from running."""


class CannotRun(Exception):
    """The message is one sentence that says what is wrong and what to do."""
