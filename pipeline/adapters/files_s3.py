"""Files in a bucket of an S3-compatible object store (Amazon S3, MinIO, Ceph, OSS, OBS, COS), by s3fs.

    MINYI_FILES=s3://bucket/prefix?properties=FILE

An object is put by one request with its MD5: the far side has it whole, durably and unaltered when it answers, or
not at all. What the bucket keeps of former versions is removed with the object: what is purged is gone.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import s3fs
from aiohttp import ClientError
from botocore import exceptions as theirs

from pipeline.errors import Broken, MinyiError, RuleError, Transient
from pipeline.settings import Address

LOGIN = ("access.key", "secret.key", "session.token")
NAMES = ("endpoint", "region", "addressing", "ssl.cafile", *LOGIN)
STYLES = ("auto", "path", "virtual")
# A store that is away is told soon: who waits for the answer may be a person. The bound on the whole is needed: its
# client waits without end for a frozen server to say that a body may come.
CONNECT_SECONDS, READ_SECONDS, TRIES = 5, 10, 3
SECONDS, RATE = 30.0, 100_000  # a request may take; and for what is large, bytes a second
LARGEST = 50_000_000  # bytes that are expected of a content read
WHOLE = 5 << 30  # bytes: what one request may put; s3fs would send more than 100 MB in parts
PAGE = 1000  # names a request
AWAY = (
    theirs.ConnectionError,
    theirs.HTTPClientError,
    theirs.IncompleteReadError,
    theirs.ResponseStreamingError,
    ClientError,
)
RIGHTS = "ListBucket、ListBucketVersions、GetObject、PutObject、DeleteObject、DeleteObjectVersion"
# The far side's names of faults that a person must mend.
MEANINGS = {
    "NoSuchBucket": ("没有这个桶", "请先建好桶，或核对 MINYI_FILES 里的桶名"),
    "InvalidBucketName": ("桶名不合写法", "请核对 MINYI_FILES 里的桶名"),
    "InvalidAccessKeyId": ("文件库不认识这个账号", "请核对属性文件里的 access.key"),
    "SignatureDoesNotMatch": ("登录文件库的密钥不对", "请核对属性文件里的 secret.key 和 region"),
    "ExpiredToken": ("登录文件库的临时凭据过期了", "请更新属性文件里的 session.token"),
    "InvalidToken": ("登录文件库的临时凭据不对", "请核对属性文件里的 session.token"),
    "RequestTimeTooSkewed": ("本机时间与文件库的时间相差太多", "请校准本机时间"),
    "PermanentRedirect": ("桶在另一个区域", "请核对属性文件里的 endpoint 和 region"),
    "AuthorizationHeaderMalformed": ("桶在另一个区域", "请核对属性文件里的 region"),
    "AccessDenied": ("没有读写文件库的权限", f"请给这个账号加上权限：{RIGHTS}"),
    "AllAccessDisabled": ("文件库停用了", "请联系文件库的管理员"),
}
FULL = {"QuotaExceeded", "XMinioStorageFull", "XMinioAdminBucketQuotaExceeded", "InsufficientStorage"}
DENIED = 403


class Bucket:
    """A place in a bucket. Errors leave as Broken, Transient, or FileNotFoundError for an object that is not there."""

    def __init__(self, address: Address) -> None:
        self._where = address.masked
        parts = urlsplit(address.url)
        if not parts.netloc or "@" in parts.netloc:
            what = "MINYI_FILES 的写法不对"
            raise RuleError(what, where=self._where, fix="请写成 s3://桶/前缀，账号和密钥写在属性文件里")
        self._bucket = parts.netloc
        self._prefix = f"{parts.path.strip('/')}/".lstrip("/")
        self._system: Any = s3fs.S3FileSystem(
            skip_instance_cache=True, use_listings_cache=False, max_concurrency=1, **_options(address.properties)
        )
        # The client below it tries again by itself; both together would try for minutes.
        self._system.retries = 1

    def read(self, path: str) -> bytes:
        with self._translated():
            return self._system.cat_file(self._name(path), timeout=SECONDS + LARGEST / RATE)

    def write(self, path: str, content: bytes) -> None:
        # Always sent, also when an object of this name is there: one that rotted is healed so.
        limit = SECONDS + len(content) / RATE
        digest = base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()
        with self._translated():
            self._system.pipe_file(self._name(path), content, chunksize=WHOLE, ContentMD5=digest, timeout=limit)

    def has(self, path: str) -> bool:
        # By the listing: to a HEAD of what is not there the bucket that is not there has the same answer.
        key = self._prefix + path
        return key in (found["Key"] for found in self._page(Prefix=key, MaxKeys=1).get("Contents", ()))

    def remove(self, path: str) -> None:
        key = self._prefix + path
        with self._translated(), suppress(FileNotFoundError):
            self._system.rm_file(self._name(path), timeout=SECONDS)
        with self._translated():
            for version in self._versions(key):
                self._call("delete_object", Key=key, VersionId=version)

    def walk(self) -> Iterator[str]:
        more: dict[str, str] = {}
        while True:
            page = self._page(Prefix=self._prefix, MaxKeys=PAGE, **more)
            yield from (found["Key"].rpartition("/")[2] for found in page.get("Contents", ()))
            if not page.get("IsTruncated"):
                return
            more = {"ContinuationToken": page["NextContinuationToken"]}

    def close(self) -> None:
        """Close the connections; harmless twice."""
        client, self._system._s3 = self._system._s3, None  # noqa: SLF001 - s3fs closes by itself only at the end
        if client is not None:
            self._system.close_session(self._system.loop, client)

    def _name(self, path: str) -> str:
        return f"{self._bucket}/{self._prefix}{path}"

    def _page(self, **more: object) -> dict[str, Any]:
        with self._translated():
            return self._call("list_objects_v2", **more)

    def _versions(self, key: str) -> list[str]:
        try:
            found = self._call("list_object_versions", Prefix=key)
        except OSError as error:
            if _code(error) in {"NotImplemented", "501", "MethodNotAllowed", "405"}:
                return []  # keeps no versions
            raise
        every = [*found.get("Versions", ()), *found.get("DeleteMarkers", ())]
        return [one["VersionId"] for one in every if one["Key"] == key]

    def _call(self, method: str, **words: object) -> dict[str, Any]:
        return self._system.call_s3(method, Bucket=self._bucket, timeout=SECONDS, **words)

    @contextmanager
    def _translated(self) -> Generator[None]:
        try:
            yield
        except FileNotFoundError as error:
            if _code(error) == "NoSuchBucket":
                raise self._fault("NoSuchBucket") from error
            raise
        except (theirs.BotoCoreError, ClientError) as error:
            raise self._unreached(error) from error
        except OSError as error:
            raise self._fault(_code(error)) from error

    def _fault(self, code: str) -> MinyiError:
        if code == str(DENIED):
            code = "AccessDenied"
        if code in MEANINGS:
            what, fix = MEANINGS[code]
            return Broken(what, where=self._where, fix=fix)
        if code in FULL:
            return Transient("文件库已满，文件存不进去", where=self._where, fix="请扩容或清理后再试")
        return Transient(f"文件库暂时用不了（{code or '连接失败'}）", where=self._where, fix="请稍候再试")

    def _unreached(self, error: Exception) -> MinyiError:
        if isinstance(error, theirs.SSLError) and "CERTIFICATE_VERIFY_FAILED" in str(error):
            fix = "请在属性文件里用 ssl.cafile 指明签发它的证书，并核对主机名"
            return Broken("文件库的证书不可信", where=self._where, fix=fix)
        if isinstance(error, AWAY):
            return Transient("文件库暂时连不上", where=self._where, fix="请稍候再试；一直连不上的，请核对 endpoint")
        # No key, an endpoint that is no address, and the like: its words name no secret.
        what = f"文件库的设置不全或不对（{type(error).__name__}）"
        return Broken(what, where=self._where, fix="请核对属性文件里的 endpoint、region、access.key、secret.key")


def _code(error: OSError) -> str:
    """The far side's own name for an error."""
    response = getattr(error.__cause__ or error, "response", None) or {}
    return str(response.get("Error", {}).get("Code", ""))


def _options(properties: Mapping[str, str]) -> dict[str, Any]:
    """What s3fs is opened with. Raises RuleError for a property that is unknown or wrong."""
    _look_at(properties)
    config = {
        "connect_timeout": CONNECT_SECONDS,
        "read_timeout": READ_SECONDS,
        "retries": {"mode": "standard", "total_max_attempts": TRIES},
        # The newer checksums, which many a compatible store does not know; Content-MD5 every one does.
        "request_checksum_calculation": "when_required",
        "response_checksum_validation": "when_required",
        "s3": {"addressing_style": properties.get("addressing", "auto")},
    }
    client = {"region_name": properties.get("region"), "verify": properties.get("ssl.cafile")}
    key, secret, token = (properties.get(name) for name in LOGIN)
    return {
        "key": key,
        "secret": secret,
        "token": token,
        "endpoint_url": properties.get("endpoint"),
        "client_kwargs": {name: value for name, value in client.items() if value},
        "config_kwargs": config,
    }


def _look_at(properties: Mapping[str, str]) -> None:
    if unknown := sorted(properties.keys() - set(NAMES)):
        known = "、".join(NAMES)
        raise RuleError(f"MINYI_FILES 的属性文件里有不认识的“{unknown[0]}”", fix=f"可写的有：{known}")
    if (cafile := properties.get("ssl.cafile")) and not Path(cafile).is_file():
        raise RuleError("ssl.cafile 指的文件不在", where=cafile, fix="请核对路径和权限")
    if properties.get("addressing", "auto") not in STYLES:
        raise RuleError("addressing 只能是 " + "、".join(STYLES), where="MINYI_FILES 的属性文件")
    if ("access.key" in properties) != ("secret.key" in properties):
        raise RuleError("access.key 和 secret.key 要一起写", where="MINYI_FILES 的属性文件")
    endpoint = properties.get("endpoint")
    if endpoint is not None and urlsplit(endpoint).scheme not in {"http", "https"}:
        raise RuleError("endpoint 的写法不对", where="MINYI_FILES 的属性文件", fix="请写成 https://主机:端口")
