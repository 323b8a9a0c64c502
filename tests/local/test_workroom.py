"""The private folder of a Triton under the temporary one."""

import os
from pathlib import Path

import pytest

from local.trouble import CannotRun
from local.workroom import Workroom

_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - Triton's place for it


def _age(room: Workroom) -> None:
    os.utime(room.path, (0, 0))


def _region(room: Workroom) -> Path:
    region = _SHARED_MEMORY / f"{room.name}region"
    region.touch()
    return region


def test_an_unlocked_room_is_removed_with_its_shared_memory_when_another_is_made(tmp_path: Path) -> None:
    abandoned, young, held, new = (Workroom(tmp_path / name) for name in ("abandoned", "young", "held", "new"))
    with abandoned.made(), young.made():
        region = _region(abandoned)
    _age(abandoned)

    with held.made():
        _age(held)
        with new.made():
            assert [room.path.exists() for room in (abandoned, young, held, new)] == [False, True, True, True]
            assert not region.exists()

    for room in (young, held, new):
        room.remove()


def test_a_room_is_closed_to_others_and_made_anew(tmp_path: Path) -> None:
    room = Workroom(tmp_path)
    with room.made():
        room.folder("old")
        region = _region(room)

    with room.made():
        assert room.path.stat().st_mode & 0o777 == 0o700
        assert list(room.path.iterdir()) == []
        assert not region.exists()
    room.remove()
    assert not room.path.exists()


def test_a_name_that_another_one_took_first_is_not_trusted(tmp_path: Path) -> None:
    room = Workroom(tmp_path)
    room.path.symlink_to(tmp_path)

    with pytest.raises(CannotRun) as refused, room.made():
        pass

    assert str(refused.value) == f"{room.path} is not ours: remove it, or set TMPDIR to another folder."
    room.path.unlink()
