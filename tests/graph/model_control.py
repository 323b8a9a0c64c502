"""Models loaded into Triton and unloaded by its own interface, and the code of a refusal."""

from tritonclient.grpc import service_pb2

from tests.service import Client


async def unload(control, model: str) -> None:
    await control.RepositoryModelUnload(service_pb2.RepositoryModelUnloadRequest(model_name=model))


async def load(control, model: str) -> None:
    await control.RepositoryModelLoad(service_pb2.RepositoryModelLoadRequest(model_name=model))


async def code(client: Client, query: str) -> str | None:
    problems = (await client.post(query)).json().get("errors")
    return problems[0]["extensions"]["code"] if problems else None
