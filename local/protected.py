"""A server that other users of the machine can reach on the loopback, so it has a password."""

from local import passwords, ports
from local.server import Server


class ProtectedServer(Server):
    """Its port and its password belong to its folder."""

    _port: int | None = None

    @property
    def port(self) -> int:
        if self._port is None:
            self._port = ports.choose(self.folder, ports.BY_SERVER[self.name])
        return self._port

    @property
    def password(self) -> str:
        return passwords.keep(self.folder / "password")
