from datetime import timedelta

import pytest

from errors import ModelUnavailable
from inference.triton import Triton
from settings import SettingsError


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8001",
        "127.0.0.1",
        "127.0.0.1:",
        ":8001",
        "127.0.0.1:grpc",
        "grpc:/127.0.0.1:8001",
        "grpc://127.0.0.1:8001/",
        "user@127.0.0.1:8001",
        "unix:",
        "127.0.0.1 :8001",
        "dns:///triton:8001",
    ],
)
async def test_a_url_that_is_none_stops_the_start(url):
    with pytest.raises(SettingsError) as refused:
        Triton(url, output_bytes=1)

    assert str(refused.value) == (
        "GATEHOUSE_TRITON_URL must be HOST:PORT, grpc://HOST:PORT, grpcs://HOST:PORT (TLS) or unix:PATH, "
        f"the address of Triton's gRPC service, not {url!r}."
    )


@pytest.mark.parametrize(
    "url",
    ["127.0.0.1:1", "localhost:1", "[::1]:1", "grpc://127.0.0.1:1", "grpcs://127.0.0.1:1", "unix:/nowhere/triton"],
)
async def test_every_form_of_url_is_called_and_a_server_that_is_not_there_is_unavailable(url):
    triton = Triton(url, output_bytes=1)

    with pytest.raises(ModelUnavailable):
        await triton.infer("any", "", inputs=[], outputs=[], within=timedelta(seconds=1))

    await triton.aclose()


async def test_a_real_server_answers_through_its_socket(triton):
    client = Triton(triton.url, output_bytes=1)

    names = {entry.name for entry in await client.index()}

    assert {"identity", "text_reader"} <= names
    assert (await client.config("batched")).max_batch_size == 4
    await client.aclose()
