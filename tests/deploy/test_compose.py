"""deploy/compose.yaml: valid by the specification, and every name, path, port, variable and version in it exists."""

from __future__ import annotations

import asyncio
import re
import tomllib
from itertools import pairwise
from typing import Any

import pytest
import yaml
from compose_spec import PyCompose
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from flows import offline
from pipeline.settings import load
from tests.deploy import places
from tests.services import deployed, elasticsearch, kafka, postgres

TEXT = (places.DEPLOY / "compose.yaml").read_text(encoding="utf-8")
SERVICES: dict[str, dict[str, Any]] = places.compose()["services"]
OURS = [name for name, one in SERVICES.items() if one["image"].startswith("minyi:")]
ONCE = {"migrate", "flows", "kibana-push"}
MEMORY = 16_000  # MB of the machine that deploy/README.md asks for
# What a server listens on when nothing in its settings says so.
USUAL = {"elasticsearch": 9200, "postgres": 5432, "kibana": 5601}


def megabytes(written: str) -> int:
    return int(written[:-1]) * {"m": 1, "g": 1000}[written[-1]]


def test_it_is_valid_by_the_compose_specification() -> None:
    assert set(_read(TEXT).service_names()) == set(SERVICES)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("healthcheck:", "healthchek:"),
        ("condition: service_healthy", "condition: healthy"),
        ("memory: 2g", "memory: much"),
        ("restart: unless-stopped", "restart: ever"),
        ("start_period: 60s", "start_period: sixty"),
    ],
)
def test_a_wrong_file_is_found_out(right: str, wrong: str) -> None:
    assert right in TEXT
    with pytest.raises(ValueError, match=wrong.partition(": ")[2] or wrong.rstrip(":")):
        _read(TEXT.replace(right, wrong, 1))


def test_only_the_web_is_published_and_to_this_machine_alone() -> None:
    published = {name: one["ports"] for name, one in SERVICES.items() if "ports" in one}
    assert published == {"web": ["${MINYI_WEB_BIND:-127.0.0.1}:${MINYI_WEB_PORT:-8000}:8000"]}


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_has_limits_is_watched_and_comes_back(name: str) -> None:
    one = SERVICES[name]
    limits = one["deploy"]["resources"]["limits"]
    assert float(limits["cpus"]) > 0
    assert megabytes(limits["memory"]) > 0
    assert one["restart"] == ("on-failure" if name in ONCE else "unless-stopped")
    assert one["logging"]["options"]["max-size"]
    # The web's health is asked as the image says.
    watched = "test" in one.get("healthcheck", {}) or name == "web"
    assert watched == (name not in {*ONCE, "worker", "watch"})


def test_our_image_is_built_by_one_service_alone() -> None:
    assert [name for name, one in SERVICES.items() if "build" in one] == ["migrate"]


def test_a_visitors_address_is_taken_from_a_proxy_on_this_machine_and_from_nobody_else() -> None:
    trusted = places.filled(SERVICES["web"]["environment"]["FORWARDED_ALLOW_IPS"])

    def seen(client: str) -> str:
        found: list[str] = []

        async def app(scope: Any, receive: Any, send: Any) -> None:
            found.append(scope["client"][0])

        scope = {"type": "http", "client": (client, 1), "headers": [(b"x-forwarded-for", b"198.51.100.7")]}
        asyncio.run(ProxyHeadersMiddleware(app, trusted)(scope, None, None))  # type: ignore[arg-type]
        return found[0]

    assert seen("172.18.0.1") == "198.51.100.7"  # Docker's gateway
    assert seen("203.0.113.9") == "203.0.113.9"


def test_the_limits_fit_the_machine() -> None:
    limits = [
        megabytes(one["deploy"]["resources"]["limits"]["memory"]) for name, one in SERVICES.items() if name not in ONCE
    ]
    assert sum(limits) <= MEMORY * 0.92


@pytest.mark.parametrize("name", SERVICES)
def test_what_a_service_waits_for_can_come_about(name: str) -> None:
    for other, how in SERVICES[name].get("depends_on", {}).items():
        match how["condition"]:
            case "service_completed_successfully":
                assert other in ONCE
            case "service_healthy":
                assert "test" in SERVICES[other]["healthcheck"]


def test_every_volume_is_declared_and_every_folder_of_the_checkout_exists() -> None:
    readme = (places.DEPLOY / "README.md").read_text(encoding="utf-8")
    for one in SERVICES.values():
        for volume in one.get("volumes", []):
            source = re.sub(r"\$\{\w+:-(.*?)\}", r"\1", volume).partition(":")[0]
            if not source.startswith("."):
                assert source in places.compose()["volumes"]
            elif "${" in volume:
                assert f"deploy/{source[2:]}" in readme  # the operator makes it
            else:
                assert any((places.DEPLOY / source).iterdir())


def test_every_variable_is_explained_in_the_example() -> None:
    example = (places.DEPLOY / "env.example").read_text(encoding="utf-8")
    for name in set(re.findall(r"\$\{(\w+)", TEXT)):
        assert re.search(rf"^(# )?{name}=", example, re.MULTILINE), name


@pytest.mark.parametrize("name", OURS)
def test_the_settings_are_those_the_program_reads_and_lead_to_services(name: str) -> None:
    given = {key: places.filled(value) for key, value in SERVICES[name]["environment"].items()}
    if name != "prefect":
        settings = load(given)
        schemes = (settings.bus.scheme, settings.store.scheme, settings.search.scheme)
        assert schemes == ("kafka", "postgresql", "http")
        assert settings.desk == "network"
    for value in given.values():
        for host, port in re.findall(r"(?://|@)([a-z]+)(?::(\d+))?(?=[/,]|$)", value):
            assert host in SERVICES
            assert int(port or USUAL[host]) in _listening(host)


def test_every_setting_of_ours_is_one_that_the_code_reads() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in (places.ROOT / "pipeline").rglob("*.py"))
    given = {name for one in OURS for name in SERVICES[one]["environment"] if name.startswith("MINYI_")}
    given |= {
        name
        for one in places.of_kind("ConfigMap", "Secret")
        for name in one.get("data", {}) | one.get("stringData", {})
    }
    assert {name for name in given if name.startswith("MINYI_") and f'"{name}"' not in code} == set()


def test_prefect_is_kept_at_home() -> None:
    assert offline.SERVER.items() <= SERVICES["prefect"]["environment"].items()


def test_kibana_finds_its_elasticsearch_and_sends_nothing_out() -> None:
    given = SERVICES["kibana"]["environment"]
    assert "http://elasticsearch:9200" in given["ELASTICSEARCH_HOSTS"]
    assert given["TELEMETRY_ENABLED"] == "false"


# ---------------------------------------------------------------- one source of versions and of the servers' settings


def test_the_images_are_of_the_versions_that_the_tests_run() -> None:
    pom = kafka.POM.read_text(encoding="utf-8")
    assert f"<artifactId>kafka_2.13</artifactId><version>{deployed.version('kafka')}<" in pom
    assert deployed.version("elasticsearch") == deployed.version("kibana") == elasticsearch.VERSION
    python = next(rest for word, rest in places.instructions() if word == "FROM").split()[0]
    assert deployed.version("postgres").partition("-")[2] == python.rpartition("-")[2]


def test_our_own_image_has_the_programs_version() -> None:
    version = tomllib.loads((places.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert {SERVICES[name]["image"] for name in OURS} == {f"minyi:{version}"}
    (kustomization,) = places.documents(places.DEPLOY / "kubernetes" / "kustomization.yaml")
    assert kustomization["images"] == [{"name": "minyi", "newTag": version}]
    for path in (places.DOCKERFILE, places.DEPLOY / "README.md"):
        assert set(re.findall(r"minyi:(\d[\w.]*)", path.read_text(encoding="utf-8"))) == {version}


def test_what_the_tests_servers_have_otherwise_is_listed() -> None:
    """They start from the deployment's settings; these names alone differ, each with its reason beside it."""
    assert not set(kafka.OTHERWISE) & set(deployed.kafka())
    assert set(elasticsearch.OTHERWISE) & set(deployed.elasticsearch()) == {"cluster.name"}
    assert set(postgres.OTHERWISE) & set(deployed.postgres()) == {"shared_buffers"}


def test_kafka_without_containers_has_the_same_settings() -> None:
    lines = (places.DEPLOY / "systemd" / "kafka.properties").read_text(encoding="utf-8").splitlines()
    found = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    theirs = deployed.kafka()
    differ = {name for name in {*found, *theirs} if found.get(name) != theirs.get(name)}
    assert differ == {"listeners", "advertised.listeners", "controller.quorum.voters", "log.dirs"}
    heap = SERVICES["kafka"]["environment"]["KAFKA_HEAP_OPTS"]
    assert heap in (places.DEPLOY / "systemd" / "kafka.service").read_text(encoding="utf-8")


def _read(text: str) -> PyCompose:
    # Anchors, merges and variables are done before the specification has a word.
    return PyCompose.from_yaml(yaml.safe_dump(yaml.safe_load(places.filled(text))))


def _listening(host: str) -> set[int]:
    one = SERVICES[host]
    words = one.get("command", [])
    ports = {int(after) for word, after in pairwise(words) if word == "--port"}
    ports |= {int(port) for port in re.findall(r"://:(\d+)", one.get("environment", {}).get("KAFKA_LISTENERS", ""))}
    return ports | ({USUAL[host]} if host in USUAL else set())
