"""The manifests for Kubernetes: valid by its schemas, and as the settings, the image and Compose have it."""

import asyncio
import copy
import os
import subprocess
import sys
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import Any, cast

import pytest
import yaml

import cli
from db import migrate
from graph.http import probes
from settings import Settings, unknown
from telemetry import metrics
from tests import forked
from tests.docker import compose, kubernetes, promtool
from tests.environ import environ
from tests.kept import NotInstalled

pytestmark = kubernetes.needed

overlays = pytest.mark.parametrize("overlay", kubernetes.OVERLAYS)
OURS = ("api", "worker", "migrate")
# docs/kubernetes.md says how to make them.
SECRETS = {"gatehouse-passwords", "gatehouse-keys", "gatehouse-objects", "gatehouse-tls"}


def read(overlay):
    """The settings that a pod gets, with passwords in place."""
    found = kubernetes.settings(overlay)
    filled = {name: value.replace("PASSWORD", "b1946ac92492d234") for name, value in found.items()}
    return Settings.from_environ(filled)


@overlays
def test_the_schemas_of_kubernetes_find_nothing(overlay, tmp_path):
    assert kubernetes.complaints(overlay, tmp_path / "all.yaml") == []


def test_the_validator_finds_a_wrong_field(tmp_path, monkeypatch):
    wrong = kubernetes.text("one-box").replace("terminationGracePeriodSeconds: 60", "terminationGraceSeconds: 60")
    monkeypatch.setattr(kubernetes, "text", lambda overlay: wrong)

    found = kubernetes.complaints("one-box", tmp_path / "all.yaml")

    assert any("terminationGraceSeconds" in line for line in found)


def gateway_complaints(overlay, file):
    try:
        command = kubernetes.write_of_gateway_api(overlay, file)
    except NotInstalled as error:
        pytest.skip(str(error))
    ran = subprocess.run(command, capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (0, "")
    return ran.stdout.splitlines()


def test_the_schemas_of_the_gateway_api_find_nothing(tmp_path):
    assert {one["kind"] for one in kubernetes.manifests("production")} >= kubernetes.WITHOUT_SCHEMA
    assert gateway_complaints("production", tmp_path / "gateway.json") == []


def test_a_wrong_resource_of_the_gateway_api_is_found(tmp_path, monkeypatch):
    found = copy.deepcopy(kubernetes.manifests("production"))
    (gateway,) = [one for one in found if one["kind"] == "Gateway"]
    del gateway["spec"]["gatewayClassName"]
    gateway["spec"]["listeners"][0]["port"] = 70_000
    monkeypatch.setattr(kubernetes, "manifests", lambda overlay: found)

    assert gateway_complaints("production", tmp_path / "gateway.json") == [
        'Gateway public/spec: must have required property gatewayClassName {"missingProperty":"gatewayClassName"}',
        'Gateway public/spec/listeners/0/port: must be <= 65535 {"comparison":"<=","limit":65535}',
    ]


@overlays
def test_every_setting_is_one_and_can_be_read(overlay):
    of_pods = {
        entry["name"]: entry.get("value", "")
        for name in OURS
        for container in kubernetes.containers(kubernetes.pods(overlay)[name])
        for entry in container.get("env", ())
    }

    assert unknown({**kubernetes.settings(overlay), **of_pods}) == []
    assert read(overlay).metrics_address == "0.0.0.0:9464"
    files = {name for name in kubernetes.settings(overlay) if name.endswith("_PASSWORD_FILE")}
    entrypoint = (compose.FOLDER / "entrypoint.sh").read_text()
    assert files == {name for name in files if f"${{{name}:-}}" in entrypoint}
    assert len(files) == 3


def test_production_goes_through_a_pooler_and_around_it():
    found = read("production")

    assert str(found.database_url) != str(found.database_direct_url)
    assert found.objects.startswith("s3://")


@overlays
def test_the_commands_are_those_of_the_image(overlay):
    parser = cli.make_parser()
    for name in OURS:
        for container in kubernetes.containers(kubernetes.pods(overlay)[name]):
            assert "command" not in container, "the image's entrypoint puts the passwords in"
            if container["name"] != "schema":
                program, *arguments = container["args"]
                assert program == "gatehouse"
                assert "run" in parser.parse_args(arguments)
    dockerfile = (compose.FOLDER / "Dockerfile").read_text()
    assert 'CMD ["gatehouse", "serve", "--host", "0.0.0.0"]' in dockerfile


@overlays
def test_ports_and_probes_lead_to_what_serves_there(overlay):
    signer, health, draining = (cast(Any, None),) * 3
    paths = {route.path for route in probes.routes(signer, health, draining)}
    metrics_port = int(read(overlay).metrics_address.rpartition(":")[2])
    served = {
        "api": {"http": (8000, paths), "metrics": (metrics_port, {"/metrics"})},
        "worker": {"metrics": (metrics_port, {"/metrics"})},
        "triton": {"http": (8000, {"/v2/health/live", "/v2/health/ready"}), "grpc": (8001, set())},
    }
    for name, expected in served.items():
        (container,) = kubernetes.pods(overlay)[name]["spec"]["containers"]
        ports = {port["name"]: port["containerPort"] for port in container["ports"]}
        assert ports == {port: number for port, (number, _) in expected.items()}
        asked = [container[probe]["httpGet"] for probe in ("startupProbe", "livenessProbe")]
        assert all(one["path"] in expected[one["port"]][1] for one in asked)
    api = kubernetes.pods(overlay)["api"]["spec"]["containers"][0]
    # With /readyz all pods would leave when Triton is down.
    assert api["readinessProbe"]["httpGet"] == {"path": "/healthz", "port": "http"}


@overlays
def test_pods_have_the_time_that_their_settings_give_them(overlay):
    found, pods = read(overlay), kubernetes.pods(overlay)
    given = {name: pods[name]["spec"].get("terminationGracePeriodSeconds", 30) for name in ("api", "worker", "triton")}

    assert found.drain.total_seconds() >= 5, "endpoints take some seconds to change"
    assert given["api"] > (found.drain + found.inference_timeout).total_seconds() + 15
    assert given["worker"] > found.job_grace.total_seconds() + 15
    (exits,) = (arg for arg in pods["triton"]["spec"]["containers"][0]["args"] if arg.startswith("--exit-timeout"))
    assert given["triton"] > int(exits.partition("=")[2])
    strategy = kubernetes.of_kind(overlay, "Deployment")["api"]["spec"]["strategy"]
    assert strategy["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}


@overlays
def test_every_pod_is_shut_in(overlay):
    for name, pod in kubernetes.pods(overlay).items():
        spec = pod["spec"]
        assert (spec["automountServiceAccountToken"], spec["enableServiceLinks"]) == (False, False), name
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["runAsUser"] > 0
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert not any(spec.get(shared) for shared in ("hostNetwork", "hostPID", "hostIPC"))
        assert not any("hostPath" in volume for volume in spec["volumes"])
        for container in kubernetes.containers(pod):
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
            assert "memory" in container["resources"]["limits"]
            assert set(container["resources"]["requests"]) == {"cpu", "memory"}
            assert "tmp" in {mount["name"] for mount in container["volumeMounts"]}
    namespace = kubernetes.of_kind(overlay, "Namespace")["gatehouse"]
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


@overlays
def test_secrets_are_named_and_none_is_here(overlay):
    assert kubernetes.of_kind(overlay, "Secret") == {}
    kept = set(kubernetes.of_kind(overlay, "ConfigMap")), set(kubernetes.of_kind(overlay, "PersistentVolumeClaim"))
    for pod in kubernetes.pods(overlay).values():
        for volume in pod["spec"]["volumes"]:
            if "secret" in volume:
                assert volume["secret"]["secretName"] in SECRETS
                # Of the group alone: the service refuses keys that others may read.
                assert volume["secret"]["defaultMode"] == 0o440
            elif "configMap" in volume:
                assert volume["configMap"]["name"] in kept[0]
            elif "persistentVolumeClaim" in volume:
                assert volume["persistentVolumeClaim"]["claimName"] in kept[1]
            else:
                assert volume.keys() == {"name", "emptyDir"}
        mounted = [mount for one in kubernetes.containers(pod) for mount in one["volumeMounts"]]
        names = {volume["name"] for volume in pod["spec"]["volumes"]} | {"data"}
        assert {mount["name"] for mount in mounted} <= names
    addresses = [value for name, value in kubernetes.settings(overlay).items() if "@" in value and "://" in value]
    assert len(addresses) >= 3
    assert all(":PASSWORD@" in address for address in addresses)


@overlays
def test_policies_let_through_what_is_there_and_nothing_else(overlay):
    pods = kubernetes.pods(overlay)
    policies = kubernetes.of_kind(overlay, "NetworkPolicy")
    assert policies["nothing"]["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    assert [name for name, one in policies.items() if {} in one["spec"].get("ingress", [])] == []
    selectors = [one["spec"]["podSelector"] for one in policies.values()]
    for one in policies.values():
        rules = [rule for way in ("ingress", "egress") for rule in one["spec"].get(way, ())]
        peers = [peer for rule in rules for peer in rule.get("from", rule.get("to", ()))]
        selectors += [peer["podSelector"] for peer in peers if "podSelector" in peer]
    named = {label for selector in selectors for label in _named(selector)}
    assert named <= set(pods)
    # Only the worker reaches the internet.
    out = [
        name
        for name, one in policies.items()
        for rule in one["spec"].get("egress", ())
        for peer in rule.get("to", ())
        if peer.get("ipBlock", {}).get("cidr") in ("0.0.0.0/0", "::/0")
    ]
    assert set(out) == {"worker-out"}
    assert policies["worker-out"]["spec"]["podSelector"] == {"matchLabels": {"app.kubernetes.io/name": "worker"}}


def _named(selector):
    yield from selector.get("matchLabels", {}).values()
    for expression in selector.get("matchExpressions", ()):
        yield from expression["values"]


@overlays
def test_tritons_command_is_that_of_compose(overlay):
    (container,) = kubernetes.pods(overlay)["triton"]["spec"]["containers"]

    assert container["args"] == compose.services()["triton-cpu"]["command"]
    assert {mount["name"] for mount in container["volumeMounts"]} == {"models", "shared-memory", "tmp"}


def test_a_gpu_is_asked_for_in_production_alone():
    limits = {
        overlay: kubernetes.pods(overlay)["triton"]["spec"]["containers"][0]["resources"]["limits"]
        for overlay in kubernetes.OVERLAYS
    }

    assert limits["production"] == {"cpu": "4", "memory": "8Gi", "nvidia.com/gpu": 1}
    assert limits["one-box"] == {"cpu": "4", "memory": "8Gi"}


def test_the_servers_start_as_with_compose():
    for server, files in (("redis", ("redis.conf", "start.sh")), ("postgres", ("gatehouse.sh",))):
        (given,) = [
            one["data"]
            for name, one in kubernetes.of_kind("one-box", "ConfigMap").items()
            if name.startswith(f"{server}-start-")
        ]
        assert given == {name: (compose.FOLDER / server / name).read_text() for name in files}
    connections = kubernetes.pods("one-box")["postgres"]["spec"]["containers"][0]["args"]
    assert connections == compose.services()["postgres"]["command"]


def test_the_way_in_takes_bodies_and_answers_as_nginx_does():
    found, edge = read("one-box"), compose.edge_values()
    notes = kubernetes.of_kind("one-box", "Ingress")["api"]["metadata"]["annotations"]
    notes = {name.removeprefix("nginx.ingress.kubernetes.io/"): value for name, value in notes.items()}

    body = found.upload_bytes + 2 * found.caller_body_bytes
    assert notes["proxy-body-size"] == f"{body // 1024**2}m"
    assert int(edge["EDGE_BODY_BYTES"]) == body
    assert notes["proxy-read-timeout"] == edge["EDGE_ANSWER_SECONDS"]
    assert int(notes["proxy-read-timeout"]) > found.inference_timeout.total_seconds() + 10
    assert (notes["proxy-request-buffering"], notes["proxy-buffering"]) == ("on", "off")
    assert notes["proxy-next-upstream"] == "error timeout"
    assert (notes["limit-rps"], notes["limit-connections"]) == (
        edge["EDGE_REQUESTS_PER_SECOND"],
        edge["EDGE_CONNECTIONS"],
    )
    routes = kubernetes.of_kind("production", "HTTPRoute")
    assert routes["api"]["spec"]["rules"][0]["backendRefs"] == [{"name": "api", "port": 8000}]
    assert routes["api"]["spec"]["rules"][0]["timeouts"] == {"request": "0s", "backendRequest": "0s"}


def test_pods_are_added_by_a_metric_that_there_is():
    (scaler,) = kubernetes.of_kind("production", "HorizontalPodAutoscaler").values()
    asked = [one["pods"] for one in scaler["spec"]["metrics"] if one["type"] == "Pods"]
    (rule,) = yaml.safe_load((kubernetes.FOLDER / "prometheus-adapter.yaml").read_text())["rules"]["custom"]

    (running,) = metrics.TRITON_RUNNING.describe()
    assert [one["metric"]["name"] for one in asked] == [running.name] == [rule["name"]["as"]]
    assert rule["seriesQuery"].startswith(f"{running.name}{{")
    assert int(asked[0]["target"]["averageValue"]) < read("production").inference_places
    assert "replicas" not in kubernetes.of_kind("production", "Deployment")["api"]["spec"]
    for name, budget in kubernetes.of_kind("production", "PodDisruptionBudget").items():
        assert list(_named(budget["spec"]["selector"])) == [name]
        assert budget["spec"]["maxUnavailable"] == 1


@promtool.needed
def test_promtool_reads_the_job_for_prometheus(tmp_path):
    config = yaml.safe_load((kubernetes.FOLDER / "prometheus.yml").read_text())
    (job,) = config["scrape_configs"]
    # Debian builds its promtool without Kubernetes.
    (found,) = job.pop("kubernetes_sd_configs")
    (tmp_path / "prometheus.yml").write_text(yaml.safe_dump(config))
    command = [promtool.PROMTOOL, "check", "config", str(tmp_path / "prometheus.yml")]
    checked = subprocess.run(command, capture_output=True, text=True)

    assert found == {"role": "pod", "namespaces": {"names": ["gatehouse"]}}
    assert checked.returncode == 0, checked.stdout + checked.stderr


async def test_a_pod_waits_until_its_migrations_are_applied(database_url):
    (waiting,) = kubernetes.pods("one-box")["api"]["spec"]["initContainers"]
    own = environ(DATABASE_URL=database_url)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    started = await asyncio.create_subprocess_exec(
        *waiting["args"], env={**own, "PATH": path}, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        assert started.stdout is not None
        missing = await migrate.pending(Settings.from_environ(own))
        assert missing
        assert [(await started.stdout.readline()).decode().strip() for _ in missing] == missing
        assert started.returncode is None
        assert forked.run("migrate", environ=own).returncode == 0
        said, _ = await started.communicate()
    finally:
        with suppress(ProcessLookupError):
            started.kill()

    assert (await started.wait(), said.decode().splitlines()[-1]) == (0, "up to date")


def test_every_setting_that_has_no_default_is_given():
    required = {each.name for each in fields(Settings) if each.metadata["setting"].default.__class__ is object}
    names = {each.metadata["setting"].variable(each.name) for each in fields(Settings) if each.name in required}

    assert len(names) == 7
    for overlay in kubernetes.OVERLAYS:
        assert names <= set(kubernetes.settings(overlay))
