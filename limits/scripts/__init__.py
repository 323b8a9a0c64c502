"""The Lua scripts of this room, by name."""

from pathlib import Path

from store import lua

_FOLDER = Path(__file__).parent

ADMIT = lua.load(_FOLDER, "admit", "window", "models")
SETTLE = lua.load(_FOLDER, "settle", "window")
RENEW = lua.load(_FOLDER, "renew", "window")
CACHE_LOAD = lua.load(_FOLDER, "cache_load", "window")
REVOKE = lua.load(_FOLDER, "revoke", "window")
RESERVE = lua.load(_FOLDER, "reserve", "window")
GIVE_BACK = lua.load(_FOLDER, "give_back", "window")
SPENT = lua.load(_FOLDER, "spent", "window")
MARK = lua.load(_FOLDER, "mark", "window")
