"""How a parallel run shares the tests out among its workers, each of which has servers of its own.

A file stays on one worker, and so do files that share an installation or a server: to start one takes several seconds
of processor time. What takes longest begins early, so that no worker is busy alone at the end.
"""

from collections.abc import Mapping

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

# The files below each of these share an installation, but for those in SLOWEST, which start their own.
TOGETHER = (
    "tests/abuse",
    "tests/clients",
    "tests/console",
    "tests/docker",
    "tests/graph/awkward",
    "tests/graph/several_tritons",
    "tests/jobs",
    "tests/journey",
    "tests/telemetry",
)
# These share what is started for their folder, and are a unit of their own beside the rest of it.
GROUPS: Mapping[str, tuple[str, ...]] = {
    # The second half of the journey.
    "streams and running calls": (
        "tests/journey/test_running_calls.py",
        "tests/journey/test_stream_outages.py",
        "tests/journey/test_streams.py",
        "tests/journey/test_usage_exports.py",
    ),
    # A Redis Cluster, and a Redis of Debian.
    "limits on each kind of Redis": (
        "tests/limits/test_admission.py",
        "tests/limits/test_cluster.py",
        "tests/limits/test_cluster_moves.py",
        "tests/limits/test_revocation.py",
        "tests/limits/test_rollup.py",
        "tests/limits/test_settlement.py",
        "tests/store/test_pipeline.py",
        "tests/test_on_a_cluster.py",
    ),
    # The service of the fixture `guarded`.
    "guarded": (
        "tests/graph/test_graphiql_panel.py",
        "tests/graph/test_infer_slots.py",
        "tests/graph/test_origins.py",
        "tests/graph/test_proxies.py",
        "tests/graph/test_visitors.py",
        "tests/graph/test_websocket_callers.py",
    ),
}
_GROUP_OF = {file: group for group, files in GROUPS.items() for file in files}
# The order in which units begin; what is missing here comes last. Of the slow ones some mostly wait (the journey, both
# files about revival, the watchdog, unread answers in tests/abuse, what is down for a while) and some compute all the
# time. They alternate: with three that wait at once, a core would stand idle.
SLOWEST = (
    "tests/abuse",
    "tests/jobs",
    "tests/journey",
    "tests/local/test_ends.py",
    "streams and running calls",
    "limits on each kind of Redis",
    "tests/graph/test_revival.py",
    "tests/graph/several_tritons",
    "tests/local/test_readme.py",
    "tests/clients",
    "tests/console",
    "tests/histories/test_simulation.py",
    "tests/inference/test_page_drawing.py",
    "tests/graph/test_document_ends.py",
    "tests/docker",
    "tests/access/test_passwords.py",
    "tests/local/test_models.py",
    "tests/test_start_of_processes.py",
    "tests/graph/test_revival_through.py",
    "tests/graph/test_fair_shares.py",
    "tests/graph/test_circles.py",
    "tests/graph/test_hostile_pdfs.py",
    "guarded",
    "tests/graph/test_pages_as_they_come.py",
    "tests/test_end_of_processes.py",
    "tests/limits/test_comparison_load.py",
    "tests/telemetry",
    "tests/telemetry/test_watchdog.py",
    "tests/test_processes.py",
    "tests/graph/compiled/test_compiled.py",
    "tests/test_drain.py",
    "tests/local/test_models_page.py",
    "tests/webhooks/test_workers.py",
    "tests/webhooks/test_delivery.py",
    "tests/webhooks/test_examples.py",
    "tests/objects/test_object_store.py",
    "tests/email_templates/test_delivery.py",
    "tests/email_templates/test_delivery_outages.py",
    "tests/local/test_trouble.py",
    "tests/db/test_migrate.py",
    "tests/graph/test_fuzz.py",
    "tests/test_rooms.py",
    "tests/local/test_servers.py",
    "tests/graph/test_service.py",
    "tests/limits/test_usage_sums.py",
    "tests/test_cli.py",
    "tests/graph/test_odd_models.py",
    "tests/graph/streams/test_reference_clients.py",
    "tests/graph/test_websocket_streams.py",
    "tests/test_worker.py",
    "tests/test_schema_command.py",
    "tests/test_backup.py",
    "tests/graph/test_documents.py",
    "tests/graph/awkward",
    "tests/local/test_run.py",
    "tests/db/test_connection.py",
    "tests/histories/test_replay.py",
    "tests/store/test_epoch.py",
    "tests/test_worker_tasks.py",
    "tests/db/test_through_a_pooler.py",
    "tests/graph/test_triton_outages.py",
    "tests/resolvers/test_expiry_mails.py",
    "tests/access/test_retired_keys.py",
    "tests/graph/test_read_text.py",
    "tests/doctor/test_redis_cluster.py",
    "tests/limits/test_outages.py",
    "tests/test_worker_expiry_mails.py",
    "tests/graph/test_json_bodies.py",
    "tests/graph/test_infer.py",
    "tests/test_shared_triton.py",
    "tests/graph/test_typed_changes.py",
    "tests/inference/test_deaths.py",
)


def unit(test: str) -> str:
    """What must stay on one worker with this test: its file, a group of files, or a folder."""
    file = test.partition("::")[0]
    if group := _GROUP_OF.get(file):
        return group
    folder = next((one for one in TOGETHER if file.startswith(f"{one}/")), file)
    return file if file in SLOWEST else folder


def rank(test: str) -> int:
    """By which the tests are sorted."""
    found = unit(test)
    return SLOWEST.index(found) if found in SLOWEST else len(SLOWEST)


class Sharing(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Hands a worker unit after unit, in the order of the tests."""

    def __init__(self, config: pytest.Config, log: Producer) -> None:
        super().__init__(config, log)
        # It would begin with the units that have the most tests.
        config.option.loadscopereorder = False

    def _split_scope(self, nodeid: str) -> str:
        return unit(nodeid)
