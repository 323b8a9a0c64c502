"""The fields under `typed`."""

from tests.service import Client

FIELDS = '{ __type(name: "TypedModels") { fields { name } } }'


async def names(client: Client) -> set[str] | None:
    """Of the fields under `typed`; None where there is no such field."""
    found = (await client.run(FIELDS))["__type"]
    return found and {field["name"] for field in found["fields"]}
