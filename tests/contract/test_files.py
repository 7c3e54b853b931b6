"""What every place for files keeps."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.errors import NotFound
from pipeline.identity import file_name
from pipeline.ports.files import Files

MISSING = "0" * 64


def test_a_content_is_found_under_its_sha256(open_files: Callable[[], Files]) -> None:
    name = open_files().put("白鹭河".encode())
    assert name == file_name("白鹭河".encode())
    assert open_files().get(name) == "白鹭河".encode()
    assert open_files().has(name)


def test_the_same_content_is_kept_once(files: Files) -> None:
    assert files.put(b"same") == files.put(b"same")
    assert list(files.names()) == [file_name(b"same")]


def test_every_name_is_listed(files: Files) -> None:
    assert list(files.names()) == []
    names = {files.put(str(number).encode()) for number in range(50)}
    assert sorted(files.names()) == sorted(names)


def test_what_is_not_there_is_not_found(files: Files) -> None:
    assert not files.has(MISSING)
    with pytest.raises(NotFound, match=MISSING):
        files.get(MISSING)


@pytest.mark.parametrize("name", ["", "..", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 64 + "\n"])
def test_a_name_that_is_no_hash_is_not_found(files: Files, name: str) -> None:
    assert not files.has(name)
    with pytest.raises(NotFound):
        files.get(name)


def test_a_removed_content_is_gone_and_removing_again_is_harmless(files: Files) -> None:
    name = files.put(b"gone")
    files.remove(name)
    files.remove(name)
    assert not files.has(name)
    assert list(files.names()) == []
    assert files.put(b"gone") == name
    assert files.get(name) == b"gone"


def test_writers_of_the_same_content_do_each_other_no_harm(open_files: Callable[[], Files]) -> None:
    content = b"x" * 300_000
    gate = threading.Barrier(6)
    names: list[str] = []

    def writer(files: Files) -> None:
        gate.wait()
        names.append(files.put(content))

    threads = [threading.Thread(target=writer, args=(open_files(),)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert names == [file_name(content)] * 6
    assert open_files().get(names[0]) == content


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=2000))
def test_any_bytes_come_back(files: Files, content: bytes) -> None:
    assert files.get(files.put(content)) == content


def test_doctor_finds_the_files_well(files: Files) -> None:
    assert all(finding.ok and finding.part == "files" for finding in files.check())
