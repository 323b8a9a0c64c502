"""What tests read from admissions and refusals."""

import pytest

import errors


def window(windows, name):
    (found,) = [window for window in windows if window.name == name]
    return found


async def refusal(awaitable):
    with pytest.raises(errors.GatehouseError) as caught:
        await awaitable
    return caught.value
