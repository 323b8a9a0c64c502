"""The alerts, the dashboard and what Prometheus reads: they name what there is, and each alert is tried."""

import json
import re
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from prometheus_client import REGISTRY, Counter, Gauge, Histogram

import worker
from limits.gate import Gate
from objects.objects import Objects
from settings import Settings
from telemetry import metrics
from tests.docker import promtool
from tests.environ import environ

ROOT = Path(__file__).parents[2]
PROMETHEUS = ROOT / "docker" / "prometheus"
GRAFANA = ROOT / "docker" / "grafana"


def read(name):
    return yaml.safe_load((PROMETHEUS / name).read_text())


def alerts():
    return [rule for group in read("alerts.yml")["groups"] for rule in group["rules"]]


def panels():
    return [panel for panel in json.loads((GRAFANA / "dashboard.json").read_text())["panels"] if "targets" in panel]


def expressions():
    return [rule["expr"] for rule in alerts()] + [target["expr"] for panel in panels() for target in panel["targets"]]


def families():
    """All that a process shows, also what was never counted."""
    ours = [one for one in vars(metrics).values() if isinstance(one, Counter | Gauge | Histogram)]
    return [family for one in ours for family in one.collect()], list(REGISTRY.collect())


def exposed():
    """Every name under which Prometheus may find something."""
    suffixes = {"counter": ("_total",), "histogram": ("_bucket", "_count", "_sum")}
    ours, everything = families()
    return {family.name + suffix for family in (*ours, *everything) for suffix in suffixes.get(family.type, ("",))}


def test_alerts_and_panels_ask_only_for_what_is_counted():
    named = {name for text in expressions() for name in re.findall(r"\b(?:gatehouse|process|python)_\w+", text)}

    assert len(named) > 10
    assert named - exposed() == set()


def test_every_metric_of_ours_is_on_the_dashboard():
    shown = " ".join(target["expr"] for panel in panels() for target in panel["targets"])
    ours, _ = families()

    assert {family.name for family in ours if family.name not in shown} == set()


def test_every_alert_says_what_to_do_and_on_which_page():
    pages = set(re.findall(r"^### (.+)$", (ROOT / "docs" / "operating.md").read_text(), re.MULTILINE))

    assert len(alerts()) > 10
    for rule in alerts():
        assert set(rule) == {"alert", "expr", "for", "labels", "annotations"}, rule["alert"]
        assert set(rule["annotations"]) == {"summary", "description", "page"}, rule["alert"]
        assert rule["annotations"]["page"] in pages, rule["alert"]
        assert rule["labels"]["severity"] in ("critical", "warning", "info"), rule["alert"]


def test_every_alert_is_tried_once_well_and_once_ill():
    tried: dict[str, list[int]] = {rule["alert"]: [] for rule in alerts()}
    for case in read("alerts_test.yml")["tests"]:
        for check in case["promql_expr_test"]:
            if found := re.search(r'alertname="(\w+)"', check["expr"]):
                tried[found[1]].append(len(check["exp_samples"]))

    assert tried == {rule["alert"]: [0, 1] for rule in alerts()}


def test_the_alert_on_tasks_waits_longer_for_those_that_are_rarer():
    settings = Settings.from_environ(environ(REDIS_URL="redis://127.0.0.1"))
    tasks = worker.tasks(Gate(settings), Objects(settings), settings)
    (rule,) = [rule for rule in alerts() if rule["alert"] == "TaskNotDone"]
    often, seldom = rule["expr"].splitlines()
    (usual,) = re.findall(r'task!="([\w|]+)".*> 300$', often)
    (rare,) = re.findall(r'task="([\w|]+)".*> 3 \* 3600$', seldom)

    assert usual == rare
    assert {task.name for task in tasks if task.every > timedelta(minutes=2)} == set(rare.split("|"))
    assert all(task.every <= timedelta(hours=1) for task in tasks)


def test_api_and_worker_are_asked_where_they_answer():
    jobs = {job["job_name"]: job for job in read("prometheus.yml")["scrape_configs"]}
    services = yaml.safe_load((ROOT / "docker" / "compose.yaml").read_text())["services"]

    for name in ("api", "worker"):
        (found,) = jobs[name]["dns_sd_configs"]
        assert (found["names"], found["type"], found["port"]) == ([name], "A", 9464)
        assert services[name]["environment"]["GATEHOUSE_METRICS_ADDRESS"] == "0.0.0.0:9464"
        assert set(services[name]["networks"]) & set(services["prometheus"]["networks"])


def test_the_dashboard_is_whole():
    everything = json.loads((GRAFANA / "dashboard.json").read_text())["panels"]
    (provider,) = yaml.safe_load((GRAFANA / "provisioning" / "dashboards" / "gatehouse.yml").read_text())["providers"]
    (source,) = yaml.safe_load((GRAFANA / "provisioning" / "datasources" / "prometheus.yml").read_text())["datasources"]
    services = yaml.safe_load((ROOT / "docker" / "compose.yaml").read_text())["services"]

    assert [panel["id"] for panel in everything] == list(range(1, len(everything) + 1))
    places = [panel["gridPos"] for panel in everything]
    cells = [(x, y) for p in places for x in range(p["x"], p["x"] + p["w"]) for y in range(p["y"], p["y"] + p["h"])]
    assert len(cells) == len(set(cells))
    for panel in panels():
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}, panel["title"]
        assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]
    assert f"./grafana/dashboard.json:{provider['options']['path']}/dashboard.json:ro" in services["grafana"]["volumes"]
    assert (source["type"], source["url"]) == ("prometheus", "http://prometheus:9090")


@promtool.needed
@pytest.mark.parametrize(
    "arguments", [("check", "config", "prometheus.yml"), ("test", "rules", "alerts_test.yml")], ids=" ".join
)
def test_promtool_finds_nothing(arguments):
    done = subprocess.run([promtool.PROMTOOL, *arguments], cwd=PROMETHEUS, capture_output=True, text=True)

    assert done.returncode == 0, done.stdout + done.stderr


@promtool.needed
def test_the_panels_ask_what_prometheus_understands(tmp_path):
    # What Grafana puts in.
    asked = [target["expr"].replace("$__rate_interval", "1m") for panel in panels() for target in panel["targets"]]
    rules = [{"record": f"panel:{number}", "expr": expr} for number, expr in enumerate(asked)]
    (tmp_path / "rules.yml").write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))

    done = subprocess.run(
        [promtool.PROMTOOL, "check", "rules", "rules.yml"], cwd=tmp_path, capture_output=True, text=True
    )

    assert done.returncode == 0, done.stdout + done.stderr
