"""soffice: LibreOffice, where it is installed, as a converter of old Word files (.doc, .wps, .rtf) into docx.

Each conversion has a profile of its own that is thrown away, a time limit and no display. Macros, links to other
files and every way to the network are off in that profile; the file comes from a stranger.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Semaphore

import psutil

from pipeline.errors import Refused
from pipeline.settings import environment

SECONDS = 60.0
_LARGEST = 100_000_000  # bytes of a docx made from a file of at most 20 MB
# One at a time: a conversion takes a core and some 200 MB.
_TURN = Semaphore(1)
_NAMES = ("soffice", "libreoffice", "soffice.com")
_PLACES = (
    "/Applications/LibreOffice.app/Contents/MacOS/soffice",
    r"C:\Program Files\LibreOffice\program\soffice.com",
    r"C:\Program Files (x86)\LibreOffice\program\soffice.com",
)
_NOWHERE = "127.0.0.1"
# (path, name, value): the security page of the options, links never updated, a proxy that leads nowhere.
_SETTINGS = (
    ("Office.Common/Security/Scripting", "MacroSecurityLevel", "3"),
    ("Office.Common/Security/Scripting", "DisableMacrosExecution", "true"),
    ("Office.Common/Security/Scripting", "DisableActiveContent", "true"),
    ("Office.Common/Security/Scripting", "BlockUntrustedRefererLinks", "true"),
    ("Office.Common/Security/Scripting", "DisablePythonRuntime", "true"),
    ("Office.Common/Misc", "FirstRun", "false"),
    ("Office.Common/Java/ApplicationEntry", "Enable", "false"),
    ("Office.Java/VirtualMachine", "Enable", "false"),
    ("Office.Writer/Content/Update", "Link", "0"),
    ("Office.Calc/Content/Update", "Link", "1"),
    ("Inet/Settings", "ooInetProxyType", "2"),
    ("Inet/Settings", "ooInetHTTPProxyName", _NOWHERE),
    ("Inet/Settings", "ooInetHTTPProxyPort", "9"),
    ("Inet/Settings", "ooInetHTTPSProxyName", _NOWHERE),
    ("Inet/Settings", "ooInetHTTPSProxyPort", "9"),
    ("Inet/Settings", "ooInetFTPProxyName", _NOWHERE),
    ("Inet/Settings", "ooInetFTPProxyPort", "9"),
    ("Inet/Settings", "ooInetNoProxy", ""),
)


@lru_cache(maxsize=1)
def program() -> str | None:
    """Where LibreOffice is, or None."""
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    return found or next((place for place in _PLACES if Path(place).is_file()), None)


def to_docx(content: bytes, suffix: str, seconds: float = SECONDS) -> bytes | None:
    """A Word 97, WPS or RTF file as docx; None when LibreOffice is not installed. Raises Refused when it could not
    be opened, or not in time."""
    if (office := program()) is None:
        return None
    with _TURN, TemporaryDirectory(prefix="minyi-office-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        given, made = home / f"in{suffix}", home / "out" / "in.docx"
        given.write_bytes(content)
        _set(home / "profile")
        _run(_words(office, home, given), home, seconds)
        if not made.is_file() or not 0 < made.stat().st_size <= _LARGEST:
            raise Refused("文件已损坏，LibreOffice 打不开", fix="请用 Word 或 WPS 打开后另存为 .docx 再报")
        return made.read_bytes()


def _words(office: str, home: Path, given: Path) -> list[str]:
    return [
        office,
        f"-env:UserInstallation={(home / 'profile').as_uri()}",
        "--headless",
        "--invisible",
        "--nologo",
        "--norestore",
        "--nodefault",
        "--nofirststartwizard",
        "--convert-to",
        "docx:MS Word 2007 XML",
        "--outdir",
        str(home / "out"),
        str(given),
    ]


def _set(profile: Path) -> None:
    items = "".join(
        f'<item oor:path="/org.openoffice.{path}"><prop oor:name="{name}" oor:op="fuse"><value>{value}</value></prop>'
        "</item>"
        for path, name, value in _SETTINGS
    )
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(
        '<?xml version="1.0" encoding="UTF-8"?><oor:items xmlns:oor="http://openoffice.org/2001/registry" '
        f'xmlns:xs="http://www.w3.org/2001/XMLSchema">{items}</oor:items>',
        encoding="utf-8",
    )


def _run(words: list[str], home: Path, seconds: float) -> None:
    process = subprocess.Popen(  # noqa: S603 - our own words, no shell
        words,
        cwd=home,
        env=_surroundings(home),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=sys.platform != "win32",
    )
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        raise Refused(
            f"文件在 {seconds:.0f} 秒内没有转换完，可能已损坏", fix="请用 Word 或 WPS 打开后另存为 .docx 再报"
        ) from None
    finally:
        _end(process)


def _surroundings(home: Path) -> dict[str, str]:
    """The least a program needs: nothing of ours, above all no settings with passwords, is seen by it."""
    ours = environment()
    kept = ("PATH", "SYSTEMROOT", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "TZ")
    nowhere = f"http://{_NOWHERE}:9"
    return {name: ours[name] for name in kept if name in ours} | {
        "HOME": str(home),
        "TMPDIR": str(home),
        "TEMP": str(home),
        "TMP": str(home),
        "http_proxy": nowhere,
        "https_proxy": nowhere,
    }


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the program with all it started; it starts a second process that does the work."""
    try:
        family = psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        family = []
    if process.poll() is None:
        process.kill()
    for child in family:
        try:
            child.kill()
        except psutil.NoSuchProcess:
            continue
    process.wait()
    psutil.wait_procs(family, timeout=5)
