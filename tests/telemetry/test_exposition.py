"""The address of the metrics, and who asks there."""

import asyncio
import logging
import resource
import socket
import struct
from contextlib import closing

import httpx2
import prometheus_client
import pytest

from settings import Settings, SettingsError
from telemetry import exposition
from tests import mails, service
from tests.environ import environ


async def test_a_process_that_stands_still_in_its_loop_answers_all_the_same():
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port = listener.getsockname()[1]
    with exposition.serving(Settings.from_environ(environ(METRICS_ADDRESS=f"127.0.0.1:{port}"))):
        # From this thread, which is the loop's.
        answer = httpx2.get(f"http://127.0.0.1:{port}/metrics")

    assert answer.status_code == 200
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(f"http://127.0.0.1:{port}/metrics")


async def test_an_aborted_scrape_is_logged_at_debug_only(caplog, capfd):
    caplog.set_level(logging.DEBUG)
    port = service.free_port()

    with exposition.serving(Settings.from_environ(environ(METRICS_ADDRESS=f"127.0.0.1:{port}"))):
        with socket.create_connection(("127.0.0.1", port)) as scraper:
            scraper.sendall(b"GET /metr")
            # It is closed without a word, and the process hears so where it waits for the rest.
            scraper.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        await mails.until(lambda: told(caplog) or capfd.readouterr().err)

    assert told(caplog) == [("DEBUG", "A scrape was interrupted", ConnectionResetError)]
    assert capfd.readouterr().err == ""


async def test_a_scrape_that_fails_by_a_fault_of_ours_is_an_error(caplog, capfd):
    port, faulty = service.free_port(), prometheus_client.Gauge("faulty", "Has no value.")
    faulty.set_function(lambda: float("no number"))

    try:
        with exposition.serving(Settings.from_environ(environ(METRICS_ADDRESS=f"127.0.0.1:{port}"))):
            with pytest.raises(httpx2.RemoteProtocolError):
                httpx2.get(f"http://127.0.0.1:{port}/metrics")
            await mails.until(lambda: told(caplog) or capfd.readouterr().err)
    finally:
        prometheus_client.REGISTRY.unregister(faulty)

    assert told(caplog) == [("ERROR", "A scrape failed", ValueError)]


async def test_without_a_free_descriptor_a_scrape_waits_and_keeps_no_core_busy(caplog):
    port = service.free_port()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)

    with exposition.serving(Settings.from_environ(environ(METRICS_ADDRESS=f"127.0.0.1:{port}"))):
        with socket.socket() as scraper:
            resource.setrlimit(resource.RLIMIT_NOFILE, (scraper.fileno(), hard))
            try:
                scraper.connect(("127.0.0.1", port))
                await mails.until(lambda: told(caplog))
            finally:
                resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
            scraper.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
            assert (await asyncio.to_thread(scraper.recv, 15)).startswith(b"HTTP/1.0 200")

    assert set(told(caplog)) == {("ERROR", "No scrape can be answered for 1 s: Too many open files", None)}


def told(caplog):
    records = [record for record in caplog.records if record.name == "telemetry.scrapes"]
    return [(record.levelname, record.getMessage(), record.exc_info and record.exc_info[0]) for record in records]


@pytest.mark.parametrize(
    "address", ["9464", "127.0.0.1", ":9464", "127.0.0.1:0", "127.0.0.1:99999", "http://h:1", "h:1/x"]
)
def test_an_address_that_is_none_stops_the_start(address):
    settings = Settings.from_environ(environ(METRICS_ADDRESS=address))

    with pytest.raises(SettingsError, match=r"^GATEHOUSE_METRICS_ADDRESS must be "), exposition.serving(settings):
        pass


def test_an_address_that_is_taken_stops_the_start():
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        settings = Settings.from_environ(environ(METRICS_ADDRESS=f"127.0.0.1:{port}"))
        said = rf"^GATEHOUSE_METRICS_ADDRESS: cannot listen at 127\.0\.0\.1, port {port}: address already in use\.$"

        with pytest.raises(SettingsError, match=said), exposition.serving(settings):
            pass
