"""How a connection reaches Redis and introduces itself: passwords, users, databases, TLS, a Unix socket."""

import ssl
from datetime import UTC, datetime, timedelta
from functools import partial
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from redis.asyncio import Redis

from settings import Settings, SettingsError
from store import address
from store.address import HostAndPort
from store.connections import RedisConnection, StoreDown
from store.redis import Store
from tests.environ import environ
from tests.limits.people import soon
from tests.redis_servers import DebianRedis
from tests.service import free_port
from tests.store.counting import ask, probed
from tests.store.relays import relayed


async def opened(url):
    """What Redis says of a new connection."""
    connection = RedisConnection(url)
    try:
        await connection.open()
        (answer,) = await connection.batch([("CLIENT", "LIST", "ID", *await connection.batch([("CLIENT", "ID")]))])
    finally:
        connection.close()
    return dict(pair.split("=", 1) for pair in answer.decode().split())


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """The file of a certificate for 127.0.0.1 and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "redis")]), datetime.now(UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 7, now - timedelta(hours=1), now + timedelta(hours=1))
        .add_extension(address, critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "redis.pem"
    plain = serialization.NoEncryption()
    of_key = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    file.write_bytes(of_key + made.public_bytes(serialization.Encoding.PEM))
    return file


@pytest.fixture
async def user_url(redis):
    async with Redis.from_url(redis.url) as client:
        await client.acl_setuser("gatehouse", enabled=True, passwords=["+pass word"], keys=["*"], categories=["+@all"])
        yield f"redis://gatehouse:pass%20word@127.0.0.1:{redis.port}"
        await client.acl_deluser("gatehouse")


async def test_a_connection_says_its_password_its_name_and_its_database(redis):
    said = await opened(f"{redis.url.removesuffix('/0')}/3?client_name=gatehouse")

    assert (said["db"], said["name"], said["user"]) == ("3", "gatehouse", "default")


async def test_a_user_of_redis_access_lists_is_named(user_url):
    assert (await opened(user_url))["user"] == "gatehouse"


async def test_a_wrong_or_a_missing_password_is_an_outage_and_is_not_repeated_in_the_error(redis, user_url):
    for url in (redis.url.replace(redis.password, "wrong-one"), user_url.replace("pass%20word", "wrong-one")):
        with pytest.raises(StoreDown, match=r"^WRONGPASS ") as failure:
            await opened(url)
        assert "wrong-one" not in str(failure.value)

    with pytest.raises(StoreDown, match=r"^NOAUTH "):
        await opened(f"redis://127.0.0.1:{redis.port}/0")


async def test_a_database_that_does_not_exist_is_an_outage(redis):
    with pytest.raises(StoreDown, match="DB index is out of range"):
        await opened(f"{redis.url.removesuffix('/0')}/99")


async def test_a_port_where_nothing_listens_is_an_outage():
    with pytest.raises(StoreDown, match="ConnectionRefusedError"):
        await opened("redis://127.0.0.1:1/0")


async def test_with_tls_the_certificate_is_checked(redis, certificate):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    async with relayed(redis.port, context=context) as relay:
        url = redis.url.replace("redis://", "rediss://").replace(f":{redis.port}/", f":{relay.port}/")

        assert (await opened(f"{url}?ssl_ca_certs={certificate}"))["db"] == "0"
        with pytest.raises(StoreDown, match="CERTIFICATE_VERIFY_FAILED"):
            await opened(url)


class TlsNode(DebianRedis):
    """The only node of a cluster. It takes no connection without TLS."""

    def __init__(self, folder, certificate):
        super().__init__(folder)
        self._certificate = certificate

    def write_config(self):
        config = super().write_config()
        own = config.read_text().replace(f"port {self.port}\n", f"port 0\ntls-port {self.port}\n")
        files = "".join(f"tls-{kind}-file {self._certificate}\n" for kind in ("cert", "key", "ca-cert"))
        config.write_text(
            f"{own}{files}tls-auth-clients no\ntls-cluster yes\ncluster-enabled yes\ncluster-port {free_port()}\n"
        )
        return config


async def test_a_cluster_with_tls_is_reached_and_its_certificate_is_checked(
    migrated, worker_settings, tmp_path, certificate, caplog
):
    with TlsNode(tmp_path, certificate) as node:
        secret = f":{node.password}@127.0.0.1:{node.port}"
        async with Redis.from_url(f"rediss://{secret}/0?ssl_ca_certs={certificate}") as client:
            await client.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
        urls = [f"rediss+cluster://{secret}?ssl_ca_certs={certificate}", f"rediss+cluster://{secret}"]
        trusting, wary = [Store(Settings.from_environ(worker_settings | {"GATEHOUSE_REDIS_URL": url})) for url in urls]
        await trusting.epoch.read()

        assert await soon(partial(probed, trusting))
        assert [await ask(trusting, number) for number in (7, 8)] == [7, 8]
        caplog.clear()
        with caplog.at_level("INFO", logger="store.cluster"):
            await wary.probe()
        assert not wary.up
        (said,) = [record.getMessage() for record in caplog.records if record.name == "store.cluster"]
        assert said.startswith(f"127.0.0.1:{node.port} has no map of the cluster: ")
        assert "CERTIFICATE_VERIFY_FAILED" in said
        for store in (trusting, wary):
            await store.aclose()


async def test_a_unix_socket_is_reached_by_its_path(redis, tmp_path):
    path = tmp_path / "redis.sock"
    async with relayed(redis.port, path=path):
        assert (await opened(f"unix://:{redis.password}@{path}?db=2"))["db"] == "2"


@pytest.mark.parametrize(
    ("url", "seeds", "first"),
    [
        ("redis+cluster://10.0.0.1:7000", [HostAndPort("10.0.0.1", 7000)], "redis://10.0.0.1:7000/0"),
        (
            "rediss+cluster://ada:p%40ss@a.example:1,b.example:2/0?ssl_ca_certs=/ca.pem",
            [HostAndPort("a.example", 1), HostAndPort("b.example", 2)],
            "rediss://ada:p%40ss@a.example:1/0?ssl_ca_certs=/ca.pem",
        ),
        ("redis+cluster://:secret@[::1]:7000", [HostAndPort("::1", 7000)], "redis://:secret@[::1]:7000/0"),
    ],
)
def test_the_url_of_a_cluster_names_nodes_that_take_the_same_user_and_options(url, seeds, first):
    cluster = address.cluster(url)

    assert cluster is not None
    assert ([*cluster.seeds], cluster.url(cluster.seeds[0])) == (seeds, first)


def test_the_url_of_one_server_is_not_that_of_a_cluster():
    assert address.cluster("redis://:secret@10.0.0.1:6379/2") is None


@pytest.mark.parametrize(
    "url",
    [
        "redis+cluster://:pass-word@10.0.0.1",
        "redis+cluster://:pass-word@10.0.0.1:7000/3",
        "redis+cluster://:pass-word@10.0.0.1:7000,",
        "redis+cluster://:pass/word@10.0.0.1:7000",
        "http+cluster://:pass-word@10.0.0.1:7000",
        "http://:pass-word@10.0.0.1:7000",
    ],
)
def test_a_malformed_url_ends_the_start_without_showing_its_password(url):
    settings = Settings.from_environ(environ(DATABASE_URL="postgres://a@127.0.0.1:1/a", REDIS_URL=url))

    with pytest.raises(SettingsError) as refused:
        Store(settings)

    assert str(refused.value) == (
        "GATEHOUSE_REDIS_URL must be redis://[USER:PASSWORD@]HOST:PORT/NUMBER, or rediss:// with TLS. For a cluster it "
        "is redis+cluster://[USER:PASSWORD@]HOST:PORT,HOST:PORT or rediss+cluster://."
    )
