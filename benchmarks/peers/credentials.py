"""Prints an API token, and sessions of 400 users, as JSON. It runs in the environment of the build that serves.

An older build has the same modules, and tables of its own.
"""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

from access.credentials import Credential, Kind, Signer
from db import connection
from db.models.api_tokens import ApiToken
from db.models.plans import Plan
from db.models.sessions import Session
from db.models.users import User
from settings import Settings

_USERS = 400
_NOW = datetime.now(UTC).replace(microsecond=0)
_END = _NOW + timedelta(hours=12)


async def _issue() -> dict[str, str | list[str]]:
    settings = Settings.from_environ()
    signer = Signer.from_settings(settings)
    await connection.connect(settings)
    users = await _users()
    sessions = [Session(user_id=user.id, expires_at=_END) for user in users]
    await Session.bulk_create(sessions)
    token = await ApiToken.create(
        user_id=users[0].id, name="bench", hint="-", scopes=["INFER", "READ"], expires_at=_END
    )
    await connection.close()
    of_token = Credential(Kind.API_TOKEN, token.id, users[0].id, frozenset(token.scopes), _END)
    return {
        "token": signer.sign(of_token, _NOW),
        "sessions": [signer.sign(_session(one.id, one.user_id), _NOW) for one in sessions],
    }


async def _users() -> list[User]:
    # The service has written this plan at its start.
    plan = await Plan.get(name="free")
    made = [
        User(email=f"{number}@example.com", password_digest="-", plan=plan, email_verified_at=_NOW)  # noqa: S106 - no login
        for number in range(_USERS)
    ]
    await User.bulk_create(made)
    return made


def _session(session_id: UUID, user_id: UUID) -> Credential:
    return Credential(Kind.SESSION, session_id, user_id, frozenset(), _END)


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_issue())))
