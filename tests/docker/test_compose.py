"""What compose makes of its files, rendered by docker-compose itself."""

import re
from datetime import timedelta

import pytest

from graph.execution import admission
from settings import Settings
from tests.docker import compose
from tests.environ import environ

PROFILES = [("cpu",), ("gpu",), ("cpu", "monitoring"), ("gpu", "monitoring"), ("*",)]
ALWAYS = {"nginx", "api", "worker", "migrate", "passwords", "postgres", "redis"}
ONCE = {"migrate", "passwords", "gatehouse"}
PASSWORD_FILES = {f"GATEHOUSE_{name}_PASSWORD_FILE" for name in ("DATABASE", "REDIS", "SMTP")}
FILLED = ("PUBLIC_NAME=a.example", "GATEHOUSE_SMTP_URL=smtp://a.example", "GATEHOUSE_MAIL_FROM=a@a.example")


def variables(file, pattern):
    return set(re.findall(pattern, (compose.FOLDER / file).read_text(), re.MULTILINE))


def seconds(text):
    """Of Go's way to write a duration, as 1m10s."""
    units = {"h": 3600, "m": 60, "s": 1}
    return sum(int(number) * units[unit] for number, unit in re.findall(r"(\d+)([hms])", text))


@pytest.mark.parametrize("profiles", PROFILES)
def test_it_renders_without_a_warning(profiles):
    assert compose.rendered(*profiles)["services"].keys() >= ALWAYS


def test_every_service_is_rendered():
    assert compose.services().keys() == {*compose.names()}


def test_the_profiles_choose_tritons_and_monitoring():
    chosen = {profiles: compose.rendered(*profiles)["services"].keys() - ALWAYS for profiles in PROFILES[:3]}

    assert chosen == {
        ("cpu",): {"triton-cpu"},
        ("gpu",): {"triton-gpu"},
        ("cpu", "monitoring"): {"triton-cpu", "prometheus", "grafana"},
    }


def test_on_ones_own_machine_there_is_no_nginx_and_a_catcher_of_mails():
    services = compose.rendered("cpu", dev=True)["services"]

    assert services.keys() == ALWAYS - {"nginx"} | {"triton-cpu", "mailpit"}
    published = {(port["host_ip"], port["published"]) for one in services.values() for port in one.get("ports", ())}
    assert published == {("127.0.0.1", "8000"), ("127.0.0.1", "8025")}
    # Emails go out without TLS only to the worker's own machine.
    assert services["mailpit"]["network_mode"] == "service:worker"
    assert services["worker"]["environment"]["GATEHOUSE_SMTP_URL"] == "smtp://127.0.0.1:1025"


@pytest.mark.parametrize("name", compose.names())
def test_every_service_is_shut_in(name):
    service = compose.services()[name]

    assert (service["read_only"], service["cap_drop"], service["security_opt"]) == (
        True,
        ["ALL"],
        ["no-new-privileges:true"],
    )
    assert service.get("privileged", False) is False
    assert "container_name" not in service
    assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory"}
    assert service.get("cap_add", []) == (["CHOWN", "NET_BIND_SERVICE", "SETGID", "SETUID"] if name == "nginx" else [])
    assert not any(volume["source"] == "/var/run/docker.sock" for volume in service.get("volumes", ()))


@pytest.mark.parametrize("name", sorted({*compose.names()} - ONCE))
def test_every_server_is_started_again_and_looked_at(name):
    service = compose.services()[name]

    assert service["restart"] == "unless-stopped"
    # Those of our own images have theirs in the image.
    assert "healthcheck" in service or name in ("api", "triton-cpu", "triton-gpu")
    assert seconds(service.get("stop_grace_period", "10s")) >= 10


def test_only_nginx_is_published():
    published = {
        (name, port.get("host_ip"), port["published"])
        for name, service in compose.services().items()
        for port in service.get("ports", ())
    }

    # Grafana on the loopback, for a tunnel.
    assert published == {("nginx", None, "80"), ("nginx", None, "443"), ("grafana", "127.0.0.1", "3000")}


def test_only_who_must_reaches_out():
    open_networks = {name for name, network in compose.rendered("*")["networks"].items() if not network.get("internal")}
    out = {name: set(one.get("networks", ())) & open_networks for name, one in compose.services().items()}

    assert {name: networks for name, networks in out.items() if networks} == {
        "nginx": {"edge"},
        "worker": {"out"},
        "gatehouse": {"out"},
        "grafana": {"desk"},
    }
    # The network whose every address the API believes.
    assert {name for name, one in compose.services().items() if "front" in one.get("networks", ())} == {"nginx", "api"}


def test_no_service_starts_before_its_dependencies():
    conditions = {
        name: {other: how["condition"].removeprefix("service_") for other, how in one.get("depends_on", {}).items()}
        for name, one in compose.services().items()
    }

    ready = {"migrate": "completed_successfully", "postgres": "healthy", "redis": "healthy"}
    assert conditions["api"] == conditions["worker"] == ready
    assert conditions["migrate"] == {"postgres": "healthy"}
    assert conditions["postgres"] == conditions["redis"] == {"passwords": "completed_successfully"}
    assert conditions["nginx"] == {"api": "healthy"}


def test_no_secret_is_in_an_environment_or_a_command():
    texts = {
        f"{name} {variable}": value
        for name, service in compose.services().items()
        for variable, value in service.get("environment", {}).items()
        if re.search("PASSWORD|SECRET|KEY|TOKEN|_URL$", variable)
    }

    assert {text for text in texts.values() if not text.startswith(("/run/secrets/", "/var/lib/gatehouse/keys/"))} == {
        "postgres://gatehouse:PASSWORD@postgres:5432/gatehouse",
        "redis://:PASSWORD@redis:6379/0",
        "smtp://127.0.0.1:1025",
        "triton:8001",
        "https://localhost",
        "",
    }
    assert {secret["file"].rsplit("/", 2)[1] for secret in compose.rendered("*")["secrets"].values()} == {"secrets"}


def test_the_keys_are_a_folder_that_only_the_commands_may_write():
    mounts = {
        name: volume
        for name, service in compose.services().items()
        for volume in service.get("volumes", ())
        if volume["target"] == "/var/lib/gatehouse/keys"
    }

    assert {name: (volume["type"], volume.get("read_only", False)) for name, volume in mounts.items()} == {
        "api": ("volume", True),
        "worker": ("volume", True),
        "gatehouse": ("volume", False),
    }


def test_every_setting_that_is_named_exists():
    named = {
        variable
        for one in compose.services().values()
        for variable in one.get("environment", {})
        if "GATEHOUSE_" in variable
    }
    settings = set(re.findall(r"^\| `(GATEHOUSE_\w+)`", (compose.ROOT / "docs" / "settings.md").read_text(), re.M))

    assert named - settings == PASSWORD_FILES


def test_the_example_names_what_is_read_and_nothing_else():
    assert variables(".env.example", r"^([A-Z_]+)=") == variables("compose.yaml", r"\$\{([A-Z_]+)")


def test_what_the_example_says_is_what_holds_without_it(tmp_path):
    example = (compose.FOLDER / ".env.example").read_text()
    (tmp_path / "all").write_text("\n".join((example, *FILLED)))
    (tmp_path / "three").write_text("\n".join(FILLED))

    both = [compose.run("--env-file", str(tmp_path / name), "--profile", "*", "config") for name in ("all", "three")]

    assert [(one.returncode, one.stderr) for one in both] == [(0, "")] * 2
    assert both[0].stdout == both[1].stdout


def test_a_start_with_the_example_as_it_is_is_refused():
    refused = compose.run("--env-file", ".env.example", "config")

    assert refused.returncode != 0
    assert {line.split("required variable ")[1] for line in refused.stderr.splitlines() if "required" in line} == {
        f"{name} is missing a value: is missing in docker/.env"
        for name in ("PUBLIC_NAME", "GATEHOUSE_SMTP_URL", "GATEHOUSE_MAIL_FROM")
    }


def test_nginx_takes_what_the_service_takes_and_waits_as_long():
    values, api = compose.edge_values(), compose.services()["api"]
    of_compose = {name: text for name, text in api["environment"].items() if name not in PASSWORD_FILES}
    settings = Settings.from_environ(environ() | of_compose)
    longest = admission.longest(settings)

    assert int(values["EDGE_BODY_BYTES"]) == settings.upload_bytes + 2 * settings.caller_body_bytes
    assert timedelta(seconds=int(values["EDGE_ANSWER_SECONDS"])) > longest
    assert timedelta(seconds=seconds(api["stop_grace_period"])) > settings.drain + longest + timedelta(seconds=5)
    assert seconds(compose.services()["nginx"]["stop_grace_period"]) > int(values["EDGE_ANSWER_SECONDS"])


def test_tritons_have_one_name_and_two_ports():
    for name in ("triton-cpu", "triton-gpu"):
        service = compose.services()[name]
        assert service["networks"] == {"back": {"aliases": ["triton"]}}
        ports = {"--grpc-port=8001", "--http-port=8000", "--allow-metrics=false"}
        headers = {"--grpc-header-forward-pattern=traceparent", "--http-header-forward-pattern=traceparent"}
        assert ports | headers <= set(service["command"])
        assert [volume.get("read_only") for volume in service["volumes"]] == [True]
    assert compose.services()["triton-gpu"]["deploy"]["resources"]["reservations"]["devices"][0]["driver"] == "nvidia"
    assert "reservations" not in compose.services()["triton-cpu"]["deploy"]["resources"]
