"""`gatehouse doctor`."""

import argparse
import asyncio
from dataclasses import asdict

from commands.stopped import Commands
from settings import Settings


def add(commands: Commands) -> None:
    doctor = commands.add_parser(
        "doctor",
        help="find what is wrong with the settings or a server",
        description="Check the settings and every server that the service needs, and report what to fix. Leaves "
        "everything as it was, sends no email. Exits with 1 if a check fails; a warning is not a failure.",
    )
    doctor.add_argument("--json", action="store_true", help="print one JSON object instead of lines")
    doctor.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    settings = Settings.from_environ()

    import orjson

    from doctor import examination

    findings = asyncio.run(examination.examine(settings))
    failed = examination.has_failed(findings)
    if options.json:
        print(orjson.dumps({"failed": failed, "findings": [asdict(finding) for finding in findings]}).decode())
    else:
        print("\n".join(map(str, findings)))
    return 1 if failed else 0
