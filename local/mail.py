"""A mail server that keeps every email as a file and passes none on."""

import re
from pathlib import Path

from local import environ, paths
from local.protected import ProtectedServer
from local.trouble import CannotRun

# What local/mail_catcher.py says once it listens.
_READY = "Catching emails"


class Mail(ProtectedServer):
    """Each email becomes an `.eml` file in `<data>/mail/`; their names sort by time. Only this user can hand any in."""

    name = "mail-catcher"
    title = "Mail catcher"
    complaint = re.compile(r"^\w*Error: (.*)", re.MULTILINE)

    def __init__(self, data: Path, *, held: tuple[int, ...] = ()) -> None:
        super().__init__(data, held=held)
        self.mails = data.absolute() / "mail"

    @property
    def url(self) -> str:
        # Every user of the machine reaches the loopback, and could hand in emails without a password.
        return f"smtp://gatehouse:{self.password}@127.0.0.1:{self.port}"

    def _launch(self) -> None:
        python = paths.SERVICE / "bin" / "python"
        if not (paths.packages(paths.SERVICE) / "aiosmtpd").is_dir():
            raise CannotRun("The service's environment is not complete: delete .venv and run `make run` again.")
        self.mails.mkdir(mode=0o700, parents=True, exist_ok=True)
        # The password by standard input: any user may read the arguments of a process.
        self._child.start(
            [python, "-Es", "-m", "local.mail_catcher", str(self.port), self.mails],
            env=environ.plain(),
            cwd=paths.ROOT,
            says=self.password,
        )

    def _says_ready(self) -> bool:
        return self._log_says(_READY)

    def _why_it_ended(self) -> str:
        if self._log_says("address already in use"):
            return f"Port {self.port} was taken before the mail catcher could use it: start again."
        return super()._why_it_ended()
