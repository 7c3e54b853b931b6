"""What the server is to hold beside documents: index templates, a snapshot repository and its nightly schedule; and
what doctor says of them. All of it lies as JSON in `elasticsearch_templates/`, under names that begin with `minyi-`,
which stands for the prefix that the settings name.

Templates are put whenever an index is made. Repository and schedule are put where they are missing and the server has
them; what a site has made of them stays. A server without them loses nothing of ours: search is built from the store.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from elastic_transport import TransportError
from elasticsearch import ApiError, Elasticsearch, NotFoundError

from pipeline.records.items import Finding

TEMPLATES = Path(__file__).with_name("elasticsearch_templates")
SHIPPED = "minyi-"  # as the files say it
SNAPSHOTS, NIGHTLY = "snapshots", "nightly"
log = logging.getLogger(__name__)


def shipped(kind: str, prefix: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The files of a kind (`component`, `index`, `repository`, `policy`), under names that begin with the prefix."""
    for path in sorted(TEMPLATES.glob(f"*.{kind}.json")):
        body = path.read_text(encoding="utf-8").replace(SHIPPED, f"{prefix}-")
        yield path.name.partition(".")[0].replace(SHIPPED, f"{prefix}-"), json.loads(body)


def put_templates(client: Elasticsearch, prefix: str) -> None:
    """Put the templates, which changes nothing where they are the same."""
    for name, body in shipped("component", prefix):
        client.cluster.put_component_template(name=name, **body)
    for name, body in shipped("index", prefix):
        client.indices.put_index_template(name=name, **_arguments(body))


def put_snapshots(client: Elasticsearch, prefix: str) -> None:
    """Put repository and schedule where they are missing. A server that has neither, lets us make neither, or is slow
    to try its disk is as well without: doctor says so."""
    try:
        for name, body in shipped("repository", prefix):
            if _repository(client, prefix) is None:
                client.snapshot.create_repository(name=name, repository=body)
        for name, body in shipped("policy", prefix):
            if _policy(client, prefix) is None:
                client.slm.put_lifecycle(policy_id=name, **body)
    except (ApiError, TransportError) as error:
        log.info("no snapshots by the server", extra={"why": type(error).__name__})


def _arguments(body: Mapping[str, Any]) -> dict[str, Any]:
    # The client names `_meta` without its line.
    return {name.lstrip("_"): value for name, value in body.items()}


# ---------------------------------------------------------------- what doctor says


def findings(client: Elasticsearch, prefix: str) -> list[Finding]:
    """Whether the templates are ours, and what becomes of snapshots."""
    wrong = [name for name, same in _compared(client, prefix) if not same]
    if wrong:
        what = f"服务器上的模板与本程序的不同或不在：{'、'.join(wrong)}"
        templates = Finding("search", ok=False, what=what, fix="请运行 minyi reindex，会重新装上并照它重建")
    else:
        templates = Finding("search", ok=True, what="索引模板与本程序的相同")
    return [templates, _snapshots(client, prefix)]


def _compared(client: Elasticsearch, prefix: str) -> Iterator[tuple[str, bool]]:
    there = client.cluster.get_component_template(name=f"{prefix}-*")["component_templates"]
    components = {one["name"]: one["component_template"] for one in there}
    there = client.indices.get_index_template(name=f"{prefix}-*")["index_templates"]
    indices = {one["name"]: one["index_template"] for one in there}
    for kind, found in (("component", components), ("index", indices)):
        for name, body in shipped(kind, prefix):
            yield name, name in found and _plain(found[name]) == _plain(body)


def _plain(value: Any) -> Any:
    # The server gives settings back as strings.
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items() if not name.startswith(("created_", "modified_"))}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return str(value).lower()


def _snapshots(client: Elasticsearch, prefix: str) -> Finding:
    fix = None
    try:
        repository = _repository(client, prefix)
        if repository is None:
            what = f"没有快照库 {prefix}-{SNAPSHOTS}，编辑在 Kibana 里自己做的图表没有备份"
            fix = "需要时请在 elasticsearch.yml 里写 path.repo（或自行登记这个快照库），再运行 minyi kibana push"
        else:
            policy = _policy(client, prefix)
            said = f"每夜快照 {prefix}-{NIGHTLY} 已排定" if policy else f"每夜快照 {prefix}-{NIGHTLY} 没有排定"
            what = f"快照库 {prefix}-{SNAPSHOTS} 已登记，{said}"
            fix = None if policy else "运行 minyi kibana push 即会排定"
    except ApiError as error:
        what = f"服务器没有自动快照，或没有给足权限（{error.status_code}）；检索可随时由库重建，不受影响"
    return Finding("search", ok=True, what=what, fix=fix)


def _repository(client: Elasticsearch, prefix: str) -> Mapping[str, Any] | None:
    try:
        return client.snapshot.get_repository(name=f"{prefix}-{SNAPSHOTS}").body
    except NotFoundError:
        return None


def _policy(client: Elasticsearch, prefix: str) -> Mapping[str, Any] | None:
    try:
        return client.slm.get_lifecycle(policy_id=f"{prefix}-{NIGHTLY}").body
    except NotFoundError:
        return None
