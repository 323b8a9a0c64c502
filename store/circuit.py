"""Whether commands are sent to a server."""


class Circuit:
    """One for each server, which its node sets. Open: Redis left a command unanswered, so commands are refused.

    In doubt: it has just opened, and a probe asks whether Redis answers. Scripts wait for it.
    """

    __slots__ = ("is_closed", "is_in_doubt")

    def __init__(self) -> None:
        self.is_closed = self.is_in_doubt = False
