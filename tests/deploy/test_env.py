"""deploy/env.example: every setting is there, everything there is a setting, and the defaults it states are true."""

from __future__ import annotations

import re

from prefect.settings import Settings as PrefectSettings
from prefect.settings.legacy import _get_settings_fields

from flows import offline
from pipeline import settings as ours
from pipeline.settings import load
from tests.deploy import places

EXAMPLE = (places.DEPLOY / "env.example").read_text(encoding="utf-8")
GIVEN: dict[str, list[str]] = {}
for _name, _value in re.findall(r"^(?:# )?([A-Z][A-Z0-9_]+)=(.*)$", EXAMPLE, re.MULTILINE):
    GIVEN.setdefault(_name, []).append(_value)
CODE = "".join(
    path.read_text(encoding="utf-8")
    for package in ("crawlers", "pipeline", "flows")
    for path in (places.ROOT / package).rglob("*.py")
)
COMPOSE = set(re.findall(r"\$\{(\w+)", (places.DEPLOY / "compose.yaml").read_text(encoding="utf-8")))
UVICORN = {"FORWARDED_ALLOW_IPS"}  # which it reads itself
NONE = {"MINYI_KIBANA"}  # empty by default: an office without Elasticsearch has no Kibana


def test_every_setting_that_the_code_reads_is_explained() -> None:
    read = set(re.findall(r'"(MINYI_[A-Z]+)"', CODE)) - {"MINYI_REAL", "MINYI_TEST_REQUIRE"}
    assert read >= {*ours.KNOWN, "MINYI_HOME", "MINYI_TZ", "MINYI_DESK"}
    assert read <= GIVEN.keys()


def test_everything_that_is_explained_is_read_by_somebody() -> None:
    read = set(re.findall(r'"(MINYI_[A-Z]+)"', CODE)) | COMPOSE | UVICORN | offline.QUIET.keys()
    assert GIVEN.keys() <= read | _get_settings_fields(PrefectSettings).keys()


def test_the_first_value_of_a_setting_is_its_default() -> None:
    first = {name: values[0] for name, values in GIVEN.items() if name.startswith("MINYI_")}
    stated = {name: value for name, value in first.items() if name not in COMPOSE - {"MINYI_FILES", "MINYI_TZ"} | NONE}
    assert load(stated) == load({"MINYI_HOME": first["MINYI_HOME"]})
    assert load({}).kibana == ""


def test_the_second_is_a_server() -> None:
    second = {name: values[1].partition("?")[0] for name, values in GIVEN.items() if len(values) > 1}
    assert not load(second).embedded
    assert load(second).files.scheme == "s3"


def test_prefect_is_kept_at_home_without_a_word() -> None:
    """These lines stand without a #."""
    stated = dict(re.findall(r"^([A-Z][A-Z0-9_]+)=(.+)$", EXAMPLE, re.MULTILINE))
    assert offline.SERVER.items() <= stated.items()


def test_every_line_is_preceded_by_its_explanation() -> None:
    lines = EXAMPLE.splitlines()
    for number, line in enumerate(lines):
        if re.match(r"(# )?[A-Z][A-Z0-9_]+=", line):
            above = next(one for one in reversed(lines[:number]) if not re.match(r"(# )?[A-Z][A-Z0-9_]+=", one))
            assert re.search("[一-鿿]", above), line
