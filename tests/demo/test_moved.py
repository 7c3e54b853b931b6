"""A home with a day's work in it, moved to PostgreSQL, Kafka and Elasticsearch by the command: nothing has changed,
and the office goes on."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.office import drafting, issuing, shows, signing
from pipeline.office.context import desk_of, office_of
from pipeline.operate.doctor import examine
from pipeline.records.items import Query
from pipeline.settings import Settings, load
from pipeline.wiring import open_system
from tests.demo.test_on_servers import QUERIES

pytestmark = pytest.mark.servers
FORMS = ("docx", "pdf", "html", "md")


@pytest.fixture(scope="module")
def sides(demo, tmp_path_factory, cluster):
    """The settings before and after; what the command printed."""
    assert demo.status == 0
    home = tmp_path_factory.mktemp("moved") / "home"
    shutil.copytree(demo.settings.home, home)
    with cluster.namespace() as lines:
        file = home / "new.env"
        file.write_text("# 新设置\n" + "".join(f"{name}={value}\n" for name, value in lines.items()), encoding="utf-8")
        others = {name: value for name, value in os.environ.items() if not name.startswith("MINYI_")}
        words = [sys.executable, "-m", "pipeline.cli.main", "move", str(file), "--json"]
        environment = {**others, "MINYI_HOME": str(home)}
        done = subprocess.run(words, env=environment, capture_output=True, encoding="utf-8", check=False)
        assert done.returncode == 0, done.stderr
        yield demo.settings, load({**lines, "MINYI_HOME": str(home)}), json.loads(done.stdout)


def test_the_command_tells_what_it_did(sides):
    old, new, said = sides
    assert said["parts"].keys() == {"MINYI_STORE", "MINYI_BUS", "MINYI_SEARCH"}
    assert said["items"] == said["tables"]["items"] == len(state(old)["items"])
    assert Path(f"{new.home}/store.db.moved").exists()


def test_everything_is_the_same(sides):
    old, new, _ = sides
    before, after = state(old), state(new)
    assert before.keys() == after.keys()
    for name in before:
        assert after[name] == before[name], name
    assert before["printed"]


def state(settings: Settings):
    with open_system(settings) as system:
        office = office_of(system)
        with system.store.reading() as session:
            ids = session.items.live_ids()
            live = session.registry.generations().live
            found = {
                "ledger": session.ledger.balance(),
                "items": session.items.by_ids(ids),
                "views": session.items.views(ids),
                "revisions": {one: session.items.revisions(one) for one in ids},
                "edges": session.items.edges(ids),
                "acts": desk_of(session).chain(limit=10_000),
                "numbers": {name: desk_of(session).numbers(name) for name in office.series},
            }
        bulletins = shows.bulletins(office)
        pages = {text: system.search.query(live, Query(text=text, limit=100)) for text in QUERIES}
        return found | {
            "bulletins": bulletins,
            "printed": {(one.id, form): issuing.export(office, one.id, form).content
                        for one in bulletins if one.number for form in FORMS},
            "history": shows.verify_history(office),
            "hits": {text: sorted(hit.document.id for hit in page.hits) for text, page in pages.items()},
        }  # fmt: skip


def test_the_office_goes_on_with_the_next_number(sides):
    _, new, _ = sides
    with open_system(new) as system:
        assert [one for one in examine(system) if not one.ok and one.part != "backup"] == []
        office = office_of(system)
        with system.store.reading() as session:
            items = session.items.by_ids(session.items.live_ids()).values()
        free = next(one.id for one in items if str(one.state) == "accepted")
        editor, head, secretary = (people[0] for people in office.series["社情民意信息"].people.values())
        key = drafting.draft(office, [free], by=editor).bulletin.id
        drafting.submit(office, key, by=editor)
        signing.approve(office, key, by=head)
        signing.sign(office, key, by=secretary)
        issuing.issue(office, key, by=editor)
        shown = shows.show(office, key)
        assert (shown.number, shown.running) == (89, 1206)
        assert shows.verify_history(office) is None
