"""Who calls a model next, in simulations from seeds: thousands of calls on a simulated clock."""

from random import Random

import pytest

from inference.fair_share import FairShare, Full, Reason
from inference.lanes import Lane, Limits
from tests.inference.simulated_share import Memory, Simulation, jain

SEEDS = range(6)
LARGE = 64 * 1024 + 1
NINE = [f"user-{number}" for number in range(9)]


class Free:
    """Memory without end."""

    def take(self) -> bool:
        return True

    def waits_for_own(self) -> bool:
        return False

    def keeps_results(self) -> bool:
        return False

    def waits_behind(self) -> None: ...


def lane_of(simulation: Simulation) -> Lane:
    """Of the only model that was called."""
    (lane,) = {asked.call.seat.lane for asked in simulation.asked if asked.call is not None}
    return lane


@pytest.mark.parametrize("seed", SEEDS)
def test_beside_a_thousand_calls_of_one_user_nine_others_wait_two_service_times_at_most(seed):
    random, simulation = Random(seed), Simulation()  # noqa: S311
    limits = Limits("model", at_once=10)
    for _ in range(1000):
        simulation.ask(random.uniform(0, 20), "greedy", limits, random.uniform(40, 60))
    others = [simulation.ask(random.uniform(100, 1500), user, limits, random.uniform(40, 60)) for user in NINE]
    together = [simulation.ask(2000, f"{user} again", limits, random.uniform(40, 60)) for user in NINE]

    simulation.run()

    assert max(asked.waited for asked in others) <= 2 * 60
    assert max(asked.waited for asked in together) <= 2 * 60
    assert sum(asked.ended_at is not None for asked in simulation.asked) == 1018


@pytest.mark.parametrize("seed", SEEDS)
def test_a_model_that_runs_one_call_at_a_time_serves_each_newcomer_after_two_service_times(seed):
    random, simulation = Random(seed), Simulation()  # noqa: S311
    limits = Limits("model", at_once=1)
    for _ in range(150):
        simulation.ask(0, "greedy", limits, random.uniform(40, 60))
    others = [
        simulation.ask(1000 + 500 * place + random.uniform(0, 60), user, limits, random.uniform(40, 60))
        for place, user in enumerate(NINE)
    ]

    simulation.run()

    assert max(asked.waited for asked in others) <= 2 * 60


@pytest.mark.parametrize("seed", SEEDS)
def test_large_calls_have_more_slots_if_triton_is_fast_however_long_they_are_on_their_way(seed):
    random, simulation = Random(seed), Simulation()  # noqa: S311
    limits = Limits("model", at_once=1)
    for _ in range(400):
        simulation.ask(0, "greedy", limits, random.uniform(4, 6), size=LARGE, sending=random.uniform(15, 25))

    simulation.run(until=2_000)

    # Two more calls end within 10 ms, so three are sent or worked on: all of the time of three by 25 ms for each.
    assert simulation.received(["greedy"])["greedy"] >= 3 * 5 / (20 + 5) * 2_000 * 0.85
    average = lane_of(simulation).average
    assert average is not None
    assert average < 6


@pytest.mark.parametrize("seed", SEEDS)
def test_users_with_calls_of_any_length_get_the_same_time_by_their_weights(seed):
    random, simulation = Random(seed), Simulation()  # noqa: S311
    limits = Limits("model", at_once=random.randint(1, 6))
    lengths = {f"user-{number}": random.uniform(5, 100) for number in range(random.randint(2, 10))}
    weights = {user: random.choice((1, 1, 1, 3)) for user in lengths}
    for user, length in lengths.items():
        # Twice its share, and more.
        share = weights[user] / sum(weights.values())
        for _ in range(int(25_000 * limits.at_once * share / length)):
            service = random.uniform(0.5, 1.5) * length
            simulation.ask(random.uniform(0, 20), user, limits, service, weight=weights[user])

    simulation.run(until=10_000)

    received = simulation.received(lengths)
    assert jain(time / weights[user] for user, time in received.items()) >= 0.95
    assert sum(received.values()) >= 0.98 * 10_000 * limits.at_once


@pytest.mark.parametrize("seed", SEEDS)
def test_equal_users_of_different_models_share_the_slots_of_the_process(seed):
    random, simulation = Random(seed), Simulation(slots=4)  # noqa: S311
    models = [Limits(f"model-{number}", at_once=8) for number in range(5)]
    for _ in range(1200):
        # One user calls all models, and each of the others one.
        simulation.ask(random.uniform(0, 20), "everywhere", random.choice(models), random.uniform(5, 15))
    for place, limits in enumerate(models[:4]):
        for _ in range(600):
            simulation.ask(random.uniform(0, 20), f"user-{place}", limits, random.uniform(5, 15))

    simulation.run(until=2000)

    shares = simulation.received(["everywhere", *(f"user-{place}" for place in range(4))])
    assert jain(shares.values()) >= 0.95


@pytest.mark.parametrize("seed", SEEDS)
def test_a_user_beside_very_long_calls_is_next_when_one_of_them_ends(seed):
    random, simulation = Random(seed), Simulation()  # noqa: S311
    limits = Limits("model", at_once=2)
    for _ in range(50):
        simulation.ask(0, "greedy", limits, random.uniform(900, 1100))
    small = [simulation.ask(random.uniform(5000, 15_000), f"small-{number}", limits, 10) for number in range(5)]

    simulation.run()

    # One call that was sent ahead, and one that runs.
    assert max(asked.waited for asked in small) <= 2 * 1100


@pytest.mark.parametrize("seed", SEEDS)
def test_in_a_random_history_no_slot_is_free_while_a_call_waits_that_could_have_it(seed):
    """The simulation checks it after each step. Callers leave, calls need memory, and models limit single callers."""
    random = Random(seed)  # noqa: S311
    simulation = Simulation(slots=(2, 8, 1000)[seed % 3], most_waiting=300, most_bytes=50_000)
    simulation.memory = Memory(2000, 750)
    models = [
        Limits(
            f"model-{number}",
            at_once=random.randint(1, 4),
            slots=random.choice((None, 1, 5)),
            of_one=random.choice((None, 1, 2)),
        )
        for number in range(4)
    ]
    users = {f"user-{number}": random.choice((1, 2, 10)) for number in range(40)}
    for _ in range(3000):
        user = random.choice([*users])
        arrival = random.uniform(0, 10_000)
        size = random.choice((0, 10, 300))
        asked = simulation.ask(
            arrival, user, random.choice(models), random.expovariate(1 / 20), weight=users[user], size=size
        )
        if random.random() < 0.3:
            simulation.leave(arrival + random.expovariate(1 / 50), asked)

    simulation.run()

    for asked in simulation.asked:
        assert (asked.ended_at is not None) + asked.has_left + (asked.refused is not None) == 1
    assert (simulation.share.running, simulation.share.waiting) == (0, 0)
    assert sum(simulation.memory.held.values()) == simulation.memory.all_held == 0
    assert any(asked.waited > 0 for asked in simulation.asked if asked.worked_from is not None)


def test_what_is_kept_does_not_grow_with_callers_who_come_once():
    simulation = Simulation(most_waiting=100)
    limits = Limits("model", at_once=1)
    for number in range(10_000):
        asked = simulation.ask(number, f"user-{number}", limits, 2)
        if number % 3:
            simulation.leave(number + 0.5, asked)

    simulation.run()

    lane = lane_of(simulation)
    assert lane.callers <= 1024 + 1
    assert simulation.share.callers <= 1024 + 1
    assert lane.turns <= 64 + 2 * 1025


def test_turns_of_callers_who_left_are_forgotten_while_no_slot_is_free():
    share = FairShare(1, most_waiting=100, most_bytes=100)
    limits = Limits("model")
    running = share.enter(limits, "long", weight=1, size=0, room=Free())

    for number in range(5000):
        share.leave(share.enter(limits, f"user-{number}", weight=1, size=1, room=Free()))

    lane = running.seat.lane
    assert (share.waiting, share.waiting_bytes, share.callers, lane.callers) == (0, 0, 1, 1)
    assert lane.turns <= 70
    share.end(running, answered=True)
    assert share.enter(limits, "next", weight=1, size=0, room=Free()).has_begun


def test_models_that_are_not_called_any_more_are_forgotten_with_their_callers():
    share = FairShare(8, most_waiting=10, most_bytes=10, clock=lambda: 0.0)
    running = share.enter(Limits("first"), "ada", weight=1, size=0, room=Free())

    for number in range(3000):
        share.end(
            share.enter(Limits(f"model-{number}"), f"user-{number}", weight=1, size=0, room=Free()), answered=True
        )

    assert len(share.models) == 1024
    assert "first" in share.models
    assert share.callers <= 1024
    share.end(running, answered=True)
    share.end(share.enter(Limits("another"), "ada", weight=1, size=0, room=Free()), answered=True)
    assert (len(share.models), "first" in share.models) == (1024, False)
    assert (share.running, share.waiting) == (0, 0)


def test_a_large_call_is_charged_for_the_time_since_triton_had_it():
    now = [0.0]
    share, limits = FairShare(100, most_waiting=100, most_bytes=10**9, clock=lambda: now[0]), Limits("model")
    call = share.enter(limits, "ada", weight=1, size=LARGE, room=Free())

    now[0] = 500.0
    share.arrive(call)
    now[0] = 530.0
    share.end(call, answered=True)

    lane = call.seat.lane
    assert lane.average == 30.0
    failed = share.enter(limits, "ada", weight=1, size=LARGE, room=Free())
    now[0] = 900.0
    share.end(failed, answered=False)
    assert failed.seat.lane is lane
    assert (lane.average, lane.running, lane.on_their_way, share.running) == (30.0, 0, 0, 0)


def test_an_estimate_counts_the_calls_of_other_models_if_the_process_has_no_slot():
    now = [0.0]
    share = FairShare(1, most_waiting=100, most_bytes=100, clock=lambda: now[0])
    slow, fast = Limits("slow"), Limits("fast")

    def enter(limits, caller):
        return share.enter(limits, caller, weight=1, size=0, room=Free())

    for limits, took in ((slow, 160.0), (fast, 16.0)):
        call = enter(limits, "ada")
        now[0] += took
        share.end(call, answered=True)
    enter(slow, "ada")
    waiting = [enter(slow, "ada"), enter(fast, "bob"), enter(fast, "bob")]

    # A slot is held for 160 ms, and then for 160 - 144 / 16 = 151.
    assert [(call.position, call.estimate) for call in waiting] == [(1, 160.0), (1, 302.0), (2, 453.0)]


def test_one_caller_may_have_as_many_calls_waiting_as_there_is_room_for_others():
    share, limits = FairShare(1, most_waiting=10, most_bytes=100), Limits("model")
    share.enter(limits, "a", weight=1, size=0, room=Free())
    for _ in range(5):
        share.enter(limits, "greedy", weight=1, size=0, room=Free())
    for _ in range(2):
        share.enter(limits, "other", weight=1, size=0, room=Free())

    reasons = []
    for caller in ("greedy", "third", "fourth", "fifth", "sixth"):
        try:
            share.enter(limits, caller, weight=1, size=0, room=Free())
        except Full as full:
            reasons.append((caller, full.reason))

    assert reasons == [("greedy", Reason.SHARE), ("sixth", Reason.FULL)]
    assert share.waiting == 10


def test_the_bytes_of_calls_that_wait_are_bounded_in_all_and_for_one_caller():
    share, limits = FairShare(1, most_waiting=100, most_bytes=100), Limits("model")
    share.enter(limits, "a", weight=1, size=1000, room=Free())
    share.enter(limits, "greedy", weight=1, size=40, room=Free())

    with pytest.raises(Full) as of_one:
        share.enter(limits, "greedy", weight=1, size=40, room=Free())
    share.enter(limits, "other", weight=1, size=60, room=Free())
    with pytest.raises(Full) as of_all:
        share.enter(limits, "third", weight=1, size=1, room=Free())

    assert (of_one.value.reason, of_all.value.reason) == (Reason.SHARE, Reason.FULL)
    assert share.waiting == 2


def test_positions_count_the_turns_of_others_and_estimates_are_of_the_measured_time():
    simulation = Simulation()
    limits = Limits("model", at_once=2, slots=2)
    for at in (0, 100):
        simulation.ask(at, "first", limits, 50)
    greedy = [simulation.ask(200, "greedy", limits, 50) for _ in range(12)]
    other = simulation.ask(200, "other", limits, 50)
    heavy = simulation.ask(200, "heavy", limits, 50, weight=10)

    simulation.run(until=200)

    assert [asked.place[0] for asked in greedy] == [0, 0, *range(1, 11)]
    assert [asked.place for asked in (other, heavy)] == [(2, 50.0), (2, 50.0)]
    assert greedy[-1].place == (10, 250.0)


def test_a_model_has_slots_for_what_it_runs_and_for_ten_milliseconds_or_full_batches_more():
    # The last number is without the calls that only stand ready.
    cases = (
        *((0.5, 1, 0, 21, 21), (50, 1, 0, 2, 1), (50, 10, 0, 12, 10)),
        *((2000, 4, 0, 5, 4), (50, 8, 8, 16, 8), (2, 8, 8, 48, 48)),
    )
    for service, at_once, ahead, slots, at_work in cases:
        simulation, limits = Simulation(), Limits("model", at_once=at_once, ahead=ahead)
        for _ in range(200):
            simulation.ask(0, "user", limits, service)
        simulation.run()
        assert lane_of(simulation).slots == slots
        assert simulation.share.at_work(limits) == at_work
    assert FairShare(64, most_waiting=1, most_bytes=1).at_work(Limits("never called", at_once=3)) == 3


def test_the_last_callers_of_a_model_are_remembered_and_do_not_save_up_turns():
    now = [0.0]
    share, limits = FairShare(8, most_waiting=10, most_bytes=10, clock=lambda: now[0]), Limits("model")

    def call(caller, took, *, answered=True):
        running = share.enter(limits, caller, weight=1, size=0, room=Free())
        now[0] += took
        share.end(running, answered=answered)
        return running.seat

    first = call("user-0", 1.0)
    assert call("user-0", 1.0) is first
    # Has spent more than its share, and is remembered longer. The average does not count the call.
    heavy = call("heavy", 500.0, answered=False)
    lane = first.lane
    for number in range(1, 100):
        last = call(f"user-{number}", 1.0)

    assert (lane.average, lane.callers, share.callers) == (1.0, 65, 65)
    assert call("user-99", 1.0) is last
    assert call("user-0", 1.0) is not first
    assert call("heavy", 1.0) is heavy
    # The round has gone on without this one.
    before = last.spent
    for _ in range(100):
        call("greedy", 30.0)
    assert call("user-99", 1.0) is last
    assert before < lane.round_from <= last.spent
