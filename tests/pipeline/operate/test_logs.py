from __future__ import annotations

import json
import logging
import os
import re
import threading
import time

from pipeline.logs import DailyFile, logging_to, within_facts
from pipeline.records.messages import Outgoing
from pipeline.records.names import CRAWLED
from pipeline.settings import load
from pipeline.wiring import open_system
from tests.arriving import crawled, page, publish, put, submitted
from tests.pipeline.cli.conftest import BRIDGE, home, minyi, rows  # noqa: F401 - fixtures
from tests.watched_county import process

PHONE, NAME, IDENTITY = "13900001234", "欧阳慕禾", "11010519491231002X"


def lines(folder) -> list[dict]:
    return [json.loads(line) for line in (folder / "logs" / "minyi.log").read_text("utf-8").splitlines()]


def test_no_text_name_or_number_reaches_the_log(minyi, rows, home) -> None:  # noqa: F811
    text = f"{BRIDGE}反映人{NAME}，电话{PHONE}，身份证{IDENTITY}。"
    file = rows({"id": 1, "title": f"{NAME}反映护栏损坏", "text": text, "author": NAME, "phone": PHONE}, {"id": 2})
    minyi("import", file, "--source", "甲")
    with open_system(load()) as system:
        put(system, crawled(system, "http://x/1", page("空", "")))
    minyi("run")
    key = minyi("search", "护栏", "--json").lines[0]["id"]
    minyi("item", "accept", key, "--by", NAME, "--opinion", f"请联系{PHONE}")
    minyi("item", "archive", key, "--by", NAME)
    minyi("show", PHONE)
    log = (home / "logs" / "minyi.log").read_text("utf-8")
    assert '"command":"minyi item accept"' in log
    for secret in (PHONE, NAME, IDENTITY, "柳湾村", "护栏"):
        assert secret not in log


def test_an_event_is_one_json_line_with_its_ids(tmp_path) -> None:
    with logging_to(tmp_path):
        facts = {"item": "abc", "batch": 7, "author": NAME, "why": f"电话{PHONE}打不通"}
        logging.getLogger("pipeline.process").info("来电 %s", PHONE, extra=facts)
    (line,) = lines(tmp_path)
    assert (line["level"], line["item"], line["batch"]) == ("INFO", "abc", 7)
    assert line["at"].endswith("+08:00")
    assert PHONE not in json.dumps(line, ensure_ascii=False)
    assert "author" not in line


def test_of_an_exception_only_its_kind_and_places_are_kept(tmp_path) -> None:
    with logging_to(tmp_path):
        try:
            int(NAME)
        except ValueError:
            logging.getLogger("pipeline.x").exception("没有做成")
    (line,) = lines(tmp_path)
    assert line["error"] == "ValueError"
    assert line["places"]
    assert NAME not in json.dumps(line, ensure_ascii=False)


def test_a_file_of_an_earlier_day_or_too_large_is_put_aside(tmp_path) -> None:
    path = tmp_path / "minyi.log"
    path.write_text("{}\n")
    before = time.time() - 3 * 86_400
    os.utime(path, (before, before))
    handler = DailyFile(path, size=100)
    logger = logging.getLogger("tests.aside")
    logger.addHandler(handler)
    logger.error("甲" * 60)
    logger.error("乙")
    logger.removeHandler(handler)
    handler.close()
    assert len(list(tmp_path.glob("minyi-*-*.log"))) == 2
    assert path.read_text("utf-8") == "乙\n"


def test_two_processes_on_one_home_lose_no_line(tmp_path) -> None:
    first, second = DailyFile(tmp_path / "minyi.log", size=2000), DailyFile(tmp_path / "minyi.log", size=2000)
    loggers = [logging.getLogger("tests.one"), logging.getLogger("tests.other")]
    for logger, handler in zip(loggers, (first, second), strict=True):
        logger.addHandler(handler)
    for number in range(200):
        loggers[number % 2].error("第 %s 行", number)
    for logger, handler in zip(loggers, (first, second), strict=True):
        logger.removeHandler(handler)
        handler.close()
    found = "".join(path.read_text("utf-8") for path in tmp_path.glob("minyi*.log"))
    assert sorted(found.splitlines()) == sorted(f"第 {number} 行" for number in range(200))


def test_every_line_within_a_batch_names_worker_and_batch_and_those_aside_their_item(tmp_path, system, clock) -> None:
    clean = submitted(system, "1", f"{BRIDGE}反映人{NAME}，电话{PHONE}。", title=f"{NAME}反映", author=NAME)
    put(system, clean, submitted(system, "2", "", source="甲"))
    put(system, crawled(system, "http://x/1", page("空", "")))
    publish(system, CRAWLED, [Outgoing("i" * 20, f"{NAME}{PHONE}不是消息".encode())])
    with logging_to(system.settings.home):
        process(system)
    found = lines(system.settings.home)
    assert all(line["worker"] and line["batch"] for line in found if line["logger"] == "pipeline.process.telling")
    committed = [line for line in found if line["message"] == "committed"]
    assert sum(line["messages"] for line in committed) == 4
    places = {place for line in committed for place in line["batch"].split()}
    assert all(re.fullmatch(r"opinions\.(submitted|crawled)/\d+:\d+-\d+", place) for place in places)
    aside = [line for line in found if line["message"] == "no item"]
    assert {(line["source"], line["step"], line["outcome"]) for line in aside} >= {
        ("甲", "clean", "rejected"), ("site", "clean", "quarantined"), ("?", "read", "quarantined")
    }  # fmt: skip
    assert all(line["item"] and line["topic"] and line["offset"] >= 0 for line in aside)
    log = (system.settings.home / "logs" / "minyi.log").read_text("utf-8")
    for secret in (PHONE, NAME, "护栏"):
        assert secret not in log


def test_facts_of_a_batch_are_its_threads_own_and_end_with_it(tmp_path) -> None:
    logger = logging.getLogger("pipeline.process")
    with logging_to(tmp_path):
        with within_facts(batch="a/0:1-2", worker="w"):
            logger.info("in it")
            logger.info("of its own", extra={"batch": "b/0:3-4"})
            thread = threading.Thread(target=logger.info, args=("elsewhere",))
            thread.start()
            thread.join()
        logger.info("after it")
    told = {line["message"]: (line.get("batch"), line.get("worker")) for line in lines(tmp_path)}
    assert told == {
        "in it": ("a/0:1-2", "w"), "of its own": ("b/0:3-4", "w"), "elsewhere": (None, None), "after it": (None, None)
    }  # fmt: skip


def test_text_lines_say_the_same_and_keep_to_one_line(tmp_path) -> None:
    with logging_to(tmp_path, form="text"):
        logging.getLogger("pipeline.process").warning("来电 %s\n第二行", PHONE, extra={"item": "abc"})
    (line,) = (tmp_path / "logs" / "minyi.log").read_text("utf-8").splitlines()
    assert re.match(r"\d{4}-\d\d-\d\dT[\d:.]+\+08:00 WARNING pipeline\.process 来电 ", line)
    assert "item=abc" in line
    assert PHONE not in line


def test_on_standard_error_nothing_is_written_to_the_home(tmp_path, capsys) -> None:
    with logging_to(tmp_path, form="stderr"):
        logging.getLogger("pipeline.process").warning("x", extra={"item": "abc"})
    assert json.loads(capsys.readouterr().err)["item"] == "abc"
    assert not (tmp_path / "logs").exists()
