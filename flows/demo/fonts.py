"""fonts: a Chinese font before anything is printed; where there is none, installed by root on Debian, else asked
for."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from flows.demo.story import Story
from pipeline.documents.fonts import FONT_PACKAGE, find_fonts
from pipeline.errors import Broken

DPKG = Path("/var/lib/dpkg")
QUIETLY = ("env", "DEBIAN_FRONTEND=noninteractive", "apt-get")
INSTALL = ((*QUIETLY, "update", "-q"), (*QUIETLY, "install", "-y", "-q", "--no-install-recommends", FONT_PACKAGE))
LONGEST = 300  # seconds for one of the two


def ensure_fonts(story: Story, own: Path) -> None:
    """Fonts of the machine or of the folder `own`. Raises Broken, with what to install and how, where none is found:
    nothing is printed with boxes."""
    folders = (str(own),) if own.is_dir() else ()
    try:
        found = find_fonts(folders)
    except Broken:
        if not may_install():
            raise
        with story.working(f"本机没有中文字体，正在安装 {FONT_PACKAGE}"):
            install()
        found = find_fonts(folders)
    if found.warnings:
        story.say("· 本机没有全套公文字体（小标宋、仿宋等），PDF 以相近字体代替；装上后自动采用。DOCX 不受影响。")


def may_install() -> bool:
    """Whether this is Debian or its kin, and we may write its packages."""
    return shutil.which("apt-get") is not None and os.access(DPKG, os.W_OK)


def install() -> None:
    """Install the package. A failure shows in the fonts still missing."""
    for command in INSTALL:
        subprocess.run(command, check=False, capture_output=True, timeout=LONGEST, stdin=subprocess.DEVNULL)  # noqa: S603 - constants
