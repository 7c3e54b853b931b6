"""What keeps Prefect at home: one environment for the server, the served flows, tests and the demo.

Prefect 3.8 calls out in four places unless told not to: usage statistics of the server and of the SDK, host
metrics, and promotions in its UI. The loopback addresses go past any proxy the office has set.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pipeline.settings import Settings, child_environment

HEARTBEAT = 30  # seconds between a run's signs of life: the least that Prefect takes
QUIET = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "PREFECT_TELEMETRY_ENABLE_RESOURCE_METRICS": "false",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
    "PREFECT_SERVER_UI_V2_ENABLED": "false",  # the newer UI asks an outside address; the older one does not
    "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
}
SERVER = {
    **QUIET,
    "PREFECT_SERVER_REGISTER_BLOCKS_ON_START": "false",  # blocks are not used; a second less at the start
    # Runs go by the site's own days (flows/maintain), and what is left of their logs and artifacts here.
    "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,orphans",
    "PREFECT_SERVER_EVENTS_RETENTION_PERIOD": "P2D",
}
RUNS = {
    **QUIET,
    "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false",  # without a server's address: an error, not a server of its own
    "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": str(HEARTBEAT),
    "PREFECT_LOGGING_EXTRA_LOGGERS": "flows",  # the flows' own lines, few a run, show in the UI
    "PREFECT_LOGGING_COLORS": "false",
    "PREFECT_CLI_PROMPT": "false",
    "PYTHONUTF8": "1",
}
EMBEDDED = {**SERVER, **RUNS, "PREFECT_RUNNER_POLL_FREQUENCY": "5"}
OTHERS = ("PREFECT_PROFILE", "PREFECT_API_KEY", "PREFECT_API_AUTH_STRING")  # for servers that are not this one


def environment(settings: Settings, api_url: str) -> dict[str, str]:
    """What a child process gets that runs, or talks to, this home's own Prefect server at `api_url`."""
    mine = {
        **EMBEDDED,
        "PREFECT_HOME": str(prefect_home(settings.home)),
        "PREFECT_API_URL": api_url,
    }
    found = child_environment(settings, mine)
    return {name: value for name, value in past_proxies(found).items() if name not in OTHERS}


def prefect_home(home: Path) -> Path:
    """Where Prefect keeps its database, results and profiles."""
    return home / "prefect"


def past_proxies(found: Mapping[str, str]) -> dict[str, str]:
    """The same environment, with this machine's own addresses past any proxy."""
    there = found.get("NO_PROXY") or found.get("no_proxy") or ""
    hosts = ",".join(dict.fromkeys([*filter(None, there.split(",")), "127.0.0.1", "localhost"]))
    return {**found, "NO_PROXY": hosts, "no_proxy": hosts}
