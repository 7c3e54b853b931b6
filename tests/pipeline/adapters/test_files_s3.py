"""Files in a bucket alone: what the network and the far side may do to them.

moto's server stands for the store; a small HTTP server for what it never answers: refusals and a full disk.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from pipeline.adapters import files_s3
from pipeline.adapters.files_fsspec import FsspecFiles
from pipeline.errors import Broken, MinyiError, NotFound, RuleError, Transient
from pipeline.identity import file_name
from pipeline.operate.doctor import settings as settings_lines
from pipeline.settings import load
from pipeline.wiring import open_system
from tests.services import certificates, line, s3

pytestmark = s3.TOGETHER
Opener = Callable[[str], FsspecFiles]
LARGE = 3_000_000


@pytest.fixture
def bucket(s3_server: s3.Server) -> str:
    name = f"t{uuid.uuid4().hex}"
    s3_server.create(name)
    return name


@pytest.fixture
def opened() -> Iterator[Opener]:
    with ExitStack() as stack:
        yield lambda url: stack.enter_context(closing(FsspecFiles(load({"MINYI_FILES": url}).files)))


@pytest.fixture
def setting(s3_server: s3.Server, bucket: str, tmp_path: Path) -> str:
    return s3_server.setting(tmp_path, bucket)


@pytest.fixture
def files(opened: Opener, setting: str) -> FsspecFiles:
    return opened(setting)


@pytest.fixture
def cable(s3_server: s3.Server) -> Iterator[line.Line]:
    with line.to(s3_server.port) as found:
        yield found


@pytest.fixture
def far(opened: Opener, s3_server: s3.Server, cable: line.Line, bucket: str, tmp_path: Path) -> FsspecFiles:
    """The same bucket, over a line that can be cut."""
    return opened(s3_server.setting(tmp_path / "far", bucket, endpoint=cable.url))


def key(name: str) -> str:
    return f"office/files/{name[:2]}/{name}"


# ---------------------------------------------------------------- the far side


def test_a_content_lies_under_its_name_below_the_prefix(files: FsspecFiles, s3_server: s3.Server, bucket: str) -> None:
    name = files.put(b"x")
    with closing(s3_server.client()) as client:
        assert client.get_object(Bucket=bucket, Key=key(name))["Body"].read() == b"x"


def test_a_content_that_rotted_is_broken_and_healed_by_putting_it_again(
    files: FsspecFiles, s3_server: s3.Server, bucket: str
) -> None:
    name = files.put(b"right")
    with closing(s3_server.client()) as client:
        client.put_object(Bucket=bucket, Key=key(name), Body=b"wrong")
    with pytest.raises(Broken, match=name):
        files.get(name)
    assert files.put(b"right") == name
    assert files.get(name) == b"right"


def test_another_office_in_the_same_bucket_is_not_seen(
    files: FsspecFiles, opened: Opener, setting: str, bucket: str
) -> None:
    name = opened(setting.replace("/office/files", "/office")).put(b"theirs")
    assert list(files.names()) == []
    assert not files.has(name)


def test_names_are_listed_page_by_page(files: FsspecFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files_s3, "PAGE", 3)
    names = {files.put(bytes([number])) for number in range(10)}
    found = list(files.names())
    assert (set(found), len(found)) == (names, 10)


def test_a_removed_content_leaves_no_former_version(files: FsspecFiles, s3_server: s3.Server, bucket: str) -> None:
    with closing(s3_server.client()) as client:
        client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        name = files.put("王某的来稿".encode())
        files.put("王某的来稿".encode())
        files.remove(name)
        files.remove(name)
        left = client.list_object_versions(Bucket=bucket)
    assert not left.get("Versions")
    assert not left.get("DeleteMarkers")


def test_what_was_there_before_a_bucket_kept_versions_is_removed_too(
    files: FsspecFiles, s3_server: s3.Server, bucket: str
) -> None:
    with closing(s3_server.client()) as client:
        name = files.put("王某的来稿".encode())  # its version is named "null"
        client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        files.remove(name)
        left = client.list_object_versions(Bucket=bucket)
    assert not files.has(name)
    assert not left.get("Versions")


def test_a_bucket_that_is_not_there_is_broken_not_empty(opened: Opener, setting: str, bucket: str) -> None:
    files = opened(setting.replace(bucket, f"no-{bucket[:20]}", 1))
    asked = [
        lambda: files.put(b"x"),
        lambda: files.get("0" * 64),
        lambda: files.has("0" * 64),
        lambda: list(files.names()),
        lambda: files.remove("0" * 64),
    ]
    for ask in asked:
        with pytest.raises(Broken, match="没有这个桶"):
            ask()
    (finding,) = files.check()
    assert (finding.ok, finding.fix) == (False, "请先建好桶，或核对 MINYI_FILES 里的桶名")


# ---------------------------------------------------------------- the way there


def test_a_write_cut_off_in_the_middle_leaves_nothing_under_the_name(
    files: FsspecFiles, far: FsspecFiles, cable: line.Line
) -> None:
    content = secrets.token_bytes(LARGE)
    cable.limit = LARGE // 2
    with pytest.raises(Transient, match="连不上"):
        far.put(content)
    assert list(files.names()) == []
    with pytest.raises(NotFound):
        files.get(file_name(content))
    cable.limit = None
    assert files.get(far.put(content)) == content


def test_a_read_cut_off_in_the_middle_is_transient(files: FsspecFiles, far: FsspecFiles, cable: line.Line) -> None:
    name = files.put(secrets.token_bytes(LARGE))
    cable.answered = LARGE // 2
    with pytest.raises(Transient):
        far.get(name)
    cable.answered = None
    assert far.get(name) == files.get(name)


def test_every_write_tells_its_md5_so_that_the_far_side_refuses_what_was_altered(
    far: FsspecFiles, cable: line.Line
) -> None:
    seen: list[bytes] = []
    cable.watch = seen.append
    content = secrets.token_bytes(1000)
    far.put(content)
    digest = base64.b64encode(hashlib.md5(content).digest())
    assert b"content-md5: " + digest.lower() in b"".join(seen).lower()


def test_a_frozen_server_is_transient_and_what_was_put_before_is_there(
    files: FsspecFiles, opened: Opener, setting: str, s3_server: s3.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = files.put(b"before")
    monkeypatch.setattr(files_s3, "READ_SECONDS", 0.5)
    monkeypatch.setattr(files_s3, "SECONDS", 4.0)
    hasty = opened(setting)
    s3.freeze(s3_server)
    try:
        for ask in (lambda: hasty.put(b"meanwhile"), lambda: hasty.get(name), lambda: list(hasty.names())):
            with pytest.raises(Transient):
                ask()
    finally:
        s3.thaw(s3_server)
    assert hasty.get(name) == b"before"
    assert hasty.get(hasty.put(b"meanwhile")) == b"meanwhile"


def test_a_server_killed_while_writers_write_is_transient_until_it_is_back(opened: Opener, tmp_path: Path) -> None:
    faults: list[MinyiError] = []
    over = threading.Event()
    with s3.running() as server:
        server.create("minyi")
        files = opened(server.setting(tmp_path, "minyi"))
        first = threading.Event()

        def write() -> None:
            number = 0
            while not over.is_set():
                number += 1
                try:
                    files.put(f"{number}".encode() * 50_000)
                except MinyiError as error:
                    faults.append(error)
                    return
                first.set()

        writers = [threading.Thread(target=write) for _ in range(3)]
        for writer in writers:
            writer.start()
        assert first.wait(60)
        server.kill()
        for writer in writers:
            writer.join()
        assert {type(one) for one in faults} == {Transient}
        assert len(faults) == 3
        server.start()
        server.create("minyi")
        assert files.get(files.put(b"back")) == b"back"


# ---------------------------------------------------------------- answers that moto never gives


class Refusing(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        self.server.asked += 1
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        status, code = self.server.gives
        body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>geheim 张三</Message></Error>".encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_PUT = do_DELETE = do_HEAD = answer  # noqa: N815 - the library's names

    def log_message(self, *_: object) -> None:
        pass


class Refuser(ThreadingHTTPServer):
    gives = (403, "AccessDenied")
    asked = 0


@pytest.fixture
def refuser() -> Iterator[Refuser]:
    with Refuser(("127.0.0.1", 0), Refusing) as found:
        thread = threading.Thread(target=found.serve_forever, args=(0.05,))
        thread.start()
        yield found
        found.shutdown()
        thread.join()


@pytest.fixture
def refused(refuser: Refuser, opened: Opener, s3_server: s3.Server, bucket: str, tmp_path: Path) -> FsspecFiles:
    return opened(s3_server.setting(tmp_path, bucket, endpoint=f"http://127.0.0.1:{refuser.server_port}"))


@pytest.mark.parametrize(
    ("status", "code", "kind", "said"),
    [
        (403, "AccessDenied", Broken, "DeleteObjectVersion"),
        (403, "InvalidAccessKeyId", Broken, "access.key"),
        (403, "SignatureDoesNotMatch", Broken, "secret.key"),
        (403, "RequestTimeTooSkewed", Broken, "校准本机时间"),
        (400, "ExpiredToken", Broken, "session.token"),
        (507, "XMinioStorageFull", Transient, "已满"),
        (403, "QuotaExceeded", Transient, "已满"),
        (503, "SlowDown", Transient, "SlowDown"),
        (500, "InternalError", Transient, "InternalError"),
        (400, "BadDigest", Transient, "BadDigest"),
    ],
)
def test_a_refusal_is_told_by_what_cures_it(
    refuser: Refuser, refused: FsspecFiles, status: int, code: str, kind: type[MinyiError], said: str
) -> None:
    refuser.gives = (status, code)
    for ask in (lambda: refused.put(b"x"), lambda: refused.get("0" * 64), lambda: list(refused.names())):
        with pytest.raises(MinyiError, match=said) as caught:
            ask()
        assert type(caught.value) is kind
        assert "geheim" not in str(caught.value)


def test_a_store_that_is_busy_is_asked_again(refuser: Refuser, refused: FsspecFiles) -> None:
    refuser.gives = (503, "SlowDown")
    with pytest.raises(Transient):
        refused.put(b"x")
    assert refuser.asked == files_s3.TRIES


# ---------------------------------------------------------------- settings


def test_tls_with_the_offices_own_certificate(opened: Opener, tmp_path: Path) -> None:
    certificate = certificates.make(tmp_path)
    with s3.running(certificate=certificate) as server:
        with closing(server.client(verify=str(certificate))) as client:
            client.create_bucket(Bucket="minyi", CreateBucketConfiguration={"LocationConstraint": s3.REGION})
        with pytest.raises(Broken, match=r"证书不可信.*ssl\.cafile"):
            opened(server.setting(tmp_path / "a", "minyi")).put(b"x")
        files = opened(server.setting(tmp_path / "b", "minyi", ssl_cafile=str(certificate)))
        assert files.get(files.put(b"x")) == b"x"


@pytest.mark.parametrize(
    ("url", "lines", "said"),
    [
        ("s3://key:geheim@bucket/x", "", "属性文件"),
        ("s3:///x", "", "s3://桶/前缀"),
        ("s3://bucket", "secret=geheim", "secret.key"),
        ("s3://bucket", "access.key=a", "一起写"),
        ("s3://bucket", "ssl.cafile=/nowhere", "/nowhere"),
        ("s3://bucket", "addressing=both", "virtual"),
        ("s3://bucket", "endpoint=minio:9000", "https://主机:端口"),
    ],
)
def test_a_wrong_setting_is_said(url: str, lines: str, said: str, tmp_path: Path) -> None:
    properties = tmp_path / "files.properties"
    properties.write_text(lines, encoding="utf-8")
    with pytest.raises(RuleError, match=said) as caught:
        FsspecFiles(load({"MINYI_FILES": f"{url}?properties={properties}"}).files)
    assert "geheim" not in str(caught.value)


def test_without_a_key_it_is_said(s3_server: s3.Server, bucket: str, tmp_path: Path, opened: Opener, monkeypatch):
    for name, value in {"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": "/nowhere"}.items():
        monkeypatch.setenv(name, value)
    properties = tmp_path / "files.properties"
    properties.write_text(f"endpoint={s3_server.url}\nregion=x\n", encoding="utf-8")
    with pytest.raises(Broken, match=r"access\.key"):
        opened(f"s3://{bucket}?properties={properties}").put(b"x")


def test_doctor_shows_the_address_and_no_secret(setting: str, tmp_path: Path, bucket: str) -> None:
    settings = load({"MINYI_HOME": str(tmp_path / "home"), "MINYI_FILES": setting})
    with open_system(settings) as system:
        lines = [repr(system.settings), *map(repr, settings_lines(system)), *map(repr, system.files.check())]
    assert any(f"s3://{bucket}/office/files" in one for one in lines)
    assert all(finding.ok for finding in settings_lines(system))
    assert not any(s3.SECRET in one for one in lines)
