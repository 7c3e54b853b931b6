"""Settings: read once, wrong ones named with their valid shapes, secrets never shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import RuleError
from pipeline.settings import child_environment, load


def test_empty_means_embedded_under_the_home(tmp_path: Path):
    settings = load({"MINYI_HOME": str(tmp_path / "家"), "MINYI_BUS": ""})
    assert settings.embedded
    assert [part.path for part in (settings.bus, settings.store, settings.files)] == [
        tmp_path / "家" / name for name in ("bus.db", "store.db", "files")
    ]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("MINYI_BUS", "redis://h", "kafka://主机:9092"),
        ("MINYI_STORE", "mysql://root:geheim@h/x", "postgresql://用户:口令@主机/库名"),
        ("MINYI_SEARCH", "solr", "http://用户:口令@主机:9200"),
        ("MINYI_FILES", "ftp://x", "s3://桶/前缀"),
        ("MINYI_TZ", "Asia/Peking", "Asia/Shanghai"),
        ("MINYI_LOG", "xml", "json、text、stderr"),
        ("MINYI_METRICS", "geheim", "16 位以上"),
    ],
)
def test_a_wrong_setting_is_named_with_the_valid_shape(name: str, value: str, said: str):
    with pytest.raises(RuleError) as caught:
        load({name: value})
    assert name in str(caught.value)
    assert said in str(caught.value)
    assert "geheim" not in str(caught.value)


def test_a_password_is_never_printed():
    assert load({"MINYI_STORE": "postgresql://minyi:geheim@db/minyi"}).store.masked == "postgresql://minyi:***@db/minyi"


def test_properties_come_from_a_file(tmp_path: Path):
    file = tmp_path / "kafka.properties"
    file.write_text("# TLS\nsecurity.protocol=SASL_SSL\n sasl.password = a=b \n", encoding="utf-8")
    settings = load({"MINYI_BUS": f"kafka://h:9092?properties={file}"})
    assert settings.bus.properties == {"security.protocol": "SASL_SSL", "sasl.password": "a=b"}


def test_a_missing_properties_file_is_named():
    with pytest.raises(RuleError, match=r"nowhere\.properties"):
        load({"MINYI_BUS": "kafka://h:9092?properties=nowhere.properties"})


def test_a_child_opens_the_very_same_parts(tmp_path: Path):
    settings = load({"MINYI_HOME": str(tmp_path)})
    assert load(child_environment(settings)) == settings


def test_the_token_of_the_metrics_is_a_secret_that_a_child_has_too(tmp_path: Path):
    settings = load({"MINYI_HOME": str(tmp_path), "MINYI_METRICS": "a-token-of-some-length", "MINYI_LOG": "text"})
    assert load(child_environment(settings)) == settings
    assert "a-token" not in repr(settings)
