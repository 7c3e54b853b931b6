"""Expand, then contract: a worker of this program beside a store that a newer one has upgraded."""

from __future__ import annotations

import ast
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from pipeline.adapters.store_sql import schema
from pipeline.errors import Broken
from pipeline.operate.doctor import examine
from pipeline.wiring import open_store
from pipeline.workers import runner_of
from tests.faults import driver, newer
from tests.faults.county import County
from tests.faults.hands import Hand, done
from tests.faults.proof import finish, prove
from tests.faults.shapes import EITHER, asked, settings_of

pytestmark = [pytest.mark.faults, pytest.mark.servers]


def upgraded(home: Path, kind: str) -> Hand:
    with closing(Hand(kind, home, target=newer.main)) as one:
        one.wait()
    return one


@EITHER
def test_an_older_worker_goes_on_beside_an_expanded_store_and_stops_at_a_contracted_one(home: Path, county: County):
    county.grow(pages=0, rows=4, posts=0)
    finish(home, county)
    with driver.opened(str(home)) as system, runner_of(system) as runner:
        assert runner.once(60)
        newest = upgraded(home, "expand").answer[-1]
        assert newest > schema.head()
        look_again(system.store)
        done("import", home, files=county.grow(pages=0, rows=6, posts=0).paths)  # an older program that starts now
        assert runner.once(60)
    finish(home, county)
    prove(home, county)
    assert asked(home, "SELECT DISTINCT weight FROM items") == [(7,)]
    with driver.opened(str(home)) as system:
        (line,) = [one for one in examine(system) if one.what.startswith("数据库版本")]
        assert line.ok
        assert newest in line.what
    with driver.opened(str(home)) as system, runner_of(system) as runner:
        runner.turn(0.1)
        if system.settings.store.path is None:
            # The new tables would be none for us: as long as we are there, they are not made.
            assert "请先停下它们" in upgraded(home, "contract").error
            runner.turn(0.1)
            return
        upgraded(home, "contract")
        look_again(system.store)
        with pytest.raises(Broken, match=r"新版本程序.*请先升级"):
            runner.turn(0.1)


@EITHER
def test_a_contracted_store_refuses_an_older_program_with_a_sentence(home: Path, county: County):
    county.grow(pages=0, rows=4, posts=0)
    finish(home, county)
    # Several that come at once, as containers that are started together do, do not hold each other up.
    with ExitStack() as stack:
        both = [stack.enter_context(closing(Hand("contract", home, target=newer.main))) for _ in range(2)]
        assert [one.wait() for one in both] == ["done", "done"]
        newest = max(one.answer[-1] for one in both if one.answer)
    refused = pytest.raises(Broken, match=rf"新版本程序（{newest}）.*库要求 {newest} 以上.*请先升级")
    with refused, closing(open_store(settings_of(home), driver.system_clock)) as store, store.reading():
        pass


def look_again(store: object) -> None:
    """As it does after some seconds by itself."""
    store._upkeep._good_until = 0.0  # type: ignore[attr-defined]


ADDS = {"create_table", "create_index", "add_column", "batch_alter_table", "f", "execute", "get_bind", "bulk_insert"}


def test_what_is_called_an_expansion_only_adds():
    for revision in schema.EXPANDS:
        (file,) = (schema.MIGRATIONS / "versions").glob(f"{revision}_*.py")
        calls = [one.func for one in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(one, ast.Call)]
        made = {one.attr for one in calls if isinstance(one, ast.Attribute) and getattr(one.value, "id", "") == "op"}
        assert made <= ADDS, revision
