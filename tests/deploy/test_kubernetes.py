"""The manifests: valid by Kubernetes' own schemas, and every name, port, path and variable in them exists."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest

from flows import offline
from pipeline.adapters import files_s3, kafka_client
from pipeline.adapters.elasticsearch_client import connect
from pipeline.settings import load
from tests.deploy import places
from tests.services import certificates

VERSIONS = ("1.30", "1.37")
RESOURCES = places.resources()
IDS = [f"{one['kind']}/{one['metadata']['name']}" for one in RESOURCES]
PODS = places.pods()


def named(kind: str, name: str) -> dict[str, Any]:
    return next(one for one in places.of_kind(kind) if one["metadata"]["name"] == name)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("resource", RESOURCES, ids=IDS)
def test_it_is_valid_by_the_schemas_of_kubernetes(resource: dict[str, Any], version: str) -> None:
    assert kubernetes_validate.validate(resource, version, strict=True) == version


def test_a_wrong_one_is_found_out() -> None:
    wrong = copy.deepcopy(named("Deployment", "minyi-web"))
    wrong["spec"]["template"]["spec"]["containers"][0]["livenesProbe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, VERSIONS[-1], strict=True)


def test_the_kustomization_names_every_file() -> None:
    (found,) = places.documents(places.DEPLOY / "kubernetes" / "kustomization.yaml")
    files = {path.name.replace("secret.example", "secret") for path in places.MANIFESTS} - {"kustomization.yaml"}
    assert set(found["resources"]) == files
    assert found["namespace"] == named("Namespace", "minyi")["metadata"]["name"]


@pytest.mark.parametrize("kind", ["Deployment", "Service", "PodDisruptionBudget"])
def test_every_selector_selects_one_workload(kind: str) -> None:
    labels = [pod["metadata"]["labels"] for _, pod in PODS]
    for one in places.of_kind(kind):
        selector = one["spec"]["selector"]
        selector = selector.get("matchLabels", selector)
        assert sum(selector.items() <= found.items() for found in labels) == 1, one["metadata"]["name"]


def test_every_service_leads_to_a_port_that_is_listened_on() -> None:
    for one in places.of_kind("Service"):
        pod = next(p for _, p in PODS if one["spec"]["selector"].items() <= p["metadata"]["labels"].items())
        (container,) = pod["spec"]["containers"]
        (port,) = one["spec"]["ports"]
        (opened,) = container["ports"]
        assert port["targetPort"] == opened["name"]
        assert container["args"][container["args"].index("--port") + 1] == str(opened["containerPort"])
        assert port["port"] == opened["containerPort"]
        assert {container[probe]["httpGet"]["port"] for probe in ("startupProbe", "livenessProbe", "readinessProbe")}


@pytest.mark.parametrize(("name", "pod"), PODS, ids=[name for name, _ in PODS])
def test_a_pod_is_restricted_limited_and_names_what_is_there(name: str, pod: dict[str, Any]) -> None:
    spec = pod["spec"]
    (container,) = spec["containers"]
    user = next(rest for word, rest in places.instructions() if word == "USER").partition(":")[0]
    assert (spec["securityContext"]["runAsNonRoot"], str(spec["securityContext"]["runAsUser"])) == (True, user)
    assert spec["securityContext"]["seccompProfile"]["type"] == "RuntimeDefault"
    assert container["securityContext"]["allowPrivilegeEscalation"] is False
    assert container["securityContext"]["capabilities"]["drop"] == ["ALL"]
    assert {"requests", "limits"} <= container["resources"].keys()
    assert {one["name"] for one in container["volumeMounts"]} == {one["name"] for one in spec["volumes"]}
    for source in container["envFrom"]:
        for reference, kind in (("configMapRef", "ConfigMap"), ("secretRef", "Secret")):
            if reference in source:
                assert named(kind, source[reference]["name"])
    for volume in spec["volumes"]:
        assert "emptyDir" in volume or named(*_source(volume))


def test_the_settings_are_read_and_their_properties_files_are_of_known_names(tmp_path: Path) -> None:
    given = {**named("ConfigMap", "minyi")["data"], **named("Secret", "minyi")["stringData"]}
    files = named("Secret", "minyi-files")["stringData"]
    (tmp_path / "ca.pem").write_bytes(certificates.make(tmp_path).read_bytes())
    for name, text in files.items():
        if name != "ca.pem":
            (tmp_path / name).write_text(text.replace("/etc/minyi", str(tmp_path)), encoding="utf-8")
    settings = load({name: value.replace("/etc/minyi", str(tmp_path)) for name, value in given.items()})
    assert not settings.embedded
    files_s3.Bucket(settings.files).close()
    connect(settings.search).close()
    assert kafka_client.client_settings(settings.bus)


def test_prefect_is_kept_at_home_and_found() -> None:
    given = named("ConfigMap", "minyi-prefect")["data"]
    assert offline.SERVER.items() <= given.items()
    assert named("ConfigMap", "minyi")["data"]["PREFECT_API_URL"] == "http://prefect:4200/api"
    assert named("Service", "prefect")["spec"]["ports"][0]["port"] == 4200


def test_schedules_are_made_by_one_server_alone() -> None:
    spec = named("Deployment", "prefect")["spec"]
    assert (spec["replicas"], spec["strategy"]["type"]) == (1, "Recreate")


def _source(volume: dict[str, Any]) -> tuple[str, str]:
    if "secret" in volume:
        return "Secret", volume["secret"]["secretName"]
    if "persistentVolumeClaim" in volume:
        return "PersistentVolumeClaim", volume["persistentVolumeClaim"]["claimName"]
    return "ConfigMap", volume["configMap"]["name"]
