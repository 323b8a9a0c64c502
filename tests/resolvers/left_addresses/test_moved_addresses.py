"""An address that its user has moved away from: its next user gets no fresh limits."""

from datetime import timedelta

from db.models.mail_codes import Purpose
from db.models.usage import UsageDifference
from limits import partitions
from limits.comparison.turns import Comparison
from resolvers import email_changes
from tests.limits.comparing import compared
from tests.limits.people import store_of
from tests.resolvers.accounts import ADDRESS, issue
from tests.resolvers.conftest import NOW, caller
from tests.resolvers.left_addresses.conftest import OTHER, lose


async def test_an_address_that_a_user_moved_away_from_is_not_fresh_either(ada, spend, leave, register, tools):
    """Else two mailboxes would do: spend, move to the second one, delete, register the first one again."""
    await spend(ada, 5)
    await email_changes.confirm(tools, caller(), await issue(ada.id, Purpose.CHANGE_EMAIL, email=OTHER), at=NOW)

    second = await register()
    assert await spend(second) == (6, 6)
    await leave(ada)
    third = await register(OTHER)

    assert await spend(third) == (6, 6)
    assert await spend(second) == (7, 7)


async def move(tools, who, address):
    await email_changes.confirm(tools, caller(), await issue(who.id, Purpose.CHANGE_EMAIL, email=address), at=NOW)


async def test_the_day_goes_on_over_another_address_though_redis_has_lost_all(
    ada, spend, anew, leave, register, tools, gate
):
    await spend(ada, 5)
    second = await anew(ada)
    assert await spend(second, 0) == (5, 5)
    await move(tools, second, OTHER)
    await leave(second)
    await gate.upkeep.roll_up()
    await lose(gate, ada, second)

    assert await spend(await register(OTHER)) == (1, 6)


async def test_a_later_successor_keeps_the_earlier_predecessors(ada, spend, anew, register, tools, gate):
    await spend(ada, 5)
    second = await anew(ada)
    await move(tools, second, OTHER)
    third = await register()
    await gate.upkeep.roll_up()
    await lose(gate, ada, second, third)

    assert await spend(second) == (1, 6)
    assert (await spend(third))[1] >= 6


async def test_what_the_former_user_spends_under_another_address_is_not_the_new_users(
    ada, spend, register, tools, gate
):
    await spend(ada, 5)
    await move(tools, ada, OTHER)
    second = await register()
    assert await spend(second, 1) == (6, 6)
    await spend(ada, 100)
    await gate.upkeep.roll_up()

    # As after any change of the second user's rights, and after any rise of the epoch.
    await store_of(gate).batch([("DEL", partitions.of_user(second.id).subject_entry)])

    assert await spend(second, 1) == (7, 7)


async def test_the_limits_of_two_users_who_swap_addresses_continue(ada, spend, register, tools):
    await spend(ada, 5)
    await move(tools, ada, "somewhere@example.org")
    second = await register()
    assert await spend(second, 1) == (6, 6)
    await move(tools, second, OTHER)

    await move(tools, ada, ADDRESS)

    assert await spend(ada, 1) == (6, 6)
    assert await spend(second, 1) == (7, 7)


async def test_units_of_a_former_user_are_no_difference_between_spent_and_counted(ada, spend, anew, gate):
    comparison = Comparison(store_of(gate), timedelta(0))
    await compared(comparison)
    await compared(comparison)
    await spend(ada, 5)
    second = await anew(ada)
    assert await spend(second, 2) == (7, 7)

    await compared(comparison)
    # Other tests have left users in this Redis.
    assert await UsageDifference.filter(user_id__in=[ada.id, second.id]).count() == 0
    await store_of(gate).batch([("HINCRBY", partitions.of_user(second.id).day, "u", 1)])

    await compared(comparison)
    found = await UsageDifference.filter(user_id__in=[ada.id, second.id])
    assert [(row.user_id, row.spent, row.counted) for row in found] == [(second.id, 3, 2)]
