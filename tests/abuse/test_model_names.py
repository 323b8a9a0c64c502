"""A free account calls models by names that nothing can hold; its partition, and all behind it, go on being counted."""

from functools import partial

from tests.journey.client import TEXT, code, codes, usage
from tests.mails import until

NAMES = [
    "x" * 256,
    "x" * 65_535,
    "x" * 65_536,
    "x" * 1_000_000,
    "|" * 300,
    "\U0010ffff" * 300,
    "größe\n模型",
    "private",
]
INFER = "query ($model: String!) { infer(model: $model, inputs: []) { version } }"


async def test_no_name_of_a_model_stops_the_counting_or_keeps_anybody_out(attacked, client_at):
    eve, ada = await attacked.person(), await attacked.person()
    attacker, bystander = client_at(0, eve.session), client_at(1, ada.session)

    answers = [await attacker.post(INFER, model=name) for name in NAMES]

    assert codes(answers) == {(200, "MODEL_NOT_FOUND"): len(NAMES)}
    assert code(await bystander.post(TEXT)) == "OK"
    # The worker counts all of it.
    await until(partial(counts, attacked, eve, {"": (len(NAMES), len(NAMES), len(NAMES))}))
    await until(partial(counts, attacked, ada, {"text": (1, 0, 1)}))
    async with attacked.database() as database:
        assert await database.fetchval("SELECT count(*) FROM usage_rejected") == 0
        # From now on every credential is read from Postgres again.
        await database.execute("UPDATE index_state SET epoch = epoch + 1; NOTIFY gatehouse_index")
    # The user of the same partition is the attacker: a second session of theirs shows, asks and ends itself.
    again = client_at(1, await attacked.session_of(eve.id))
    assert code(await again.post(TEXT)) == "OK"
    assert await usage(again) == {None: (0, 0, len(NAMES)), "text": (1, 0, 1)}
    assert code(await again.post("mutation { logout { at } }")) == "OK"
    assert code(await again.post("{ me { id } }")) == "UNAUTHENTICATED"
    assert await usage(bystander) == {"text": (1, 0, 1)}


async def counts(attacked, person, expected):
    return await attacked.counted(person) == expected
