"""Fonts: which of a role's families this machine has. A site's own lie in MINYI_HOME/fonts.

Roles are the faces of GB/T 9704—2012: title 小标宋, body 仿宋, kai 楷体, hei 黑体, song 宋体. The commercial faces
come first where a site has them; the free ones that Debian, Kylin, UOS and Windows bring follow.
"""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import typst

from pipeline.errors import Broken

FAMILIES = {
    "title": ("FZXiaoBiaoSong-B05S", "FZXiaoBiaoSong-B05", "Noto Serif CJK SC", "Source Han Serif SC", "SimSun"),
    "body": ("FangSong_GB2312", "FangSong", "STFangsong", "Noto Serif CJK SC", "Source Han Serif SC", "SimSun"),
    "kai": (
        "KaiTi_GB2312",
        "KaiTi",
        "STKaiti",
        "AR PL UKai",
        "LXGW WenKai",
        "Noto Serif CJK SC",
        "Source Han Serif SC",
    ),
    "hei": ("SimHei", "STHeiti", "Noto Sans CJK SC", "Source Han Sans SC", "Noto Serif CJK SC", "Source Han Serif SC"),
    "song": ("SimSun", "STSong", "Noto Serif CJK SC", "Source Han Serif SC", "FangSong"),
}
WANTED = {"title": "小标宋", "body": "仿宋", "kai": "楷体", "hei": "黑体", "song": "宋体"}
TRUE_FACES = {
    "title": 2,
    "body": 3,
    "kai": 5,
    "hei": 4,
    "song": 4,
}  # how many of a role's families are the face itself; the rest stand in for it
FONT_PACKAGE = "fonts-noto-cjk"


@dataclass(frozen=True, slots=True)
class FontSet:
    """The family for each role, sentences about faces that stand in for others, and the fonts themselves."""

    families: dict[str, str]
    warnings: tuple[str, ...]
    found: typst.Fonts


@lru_cache(maxsize=8)
def find_fonts(folders: Sequence[str] = ()) -> FontSet:
    """The fonts of the machine and of `folders` (a tuple of paths). Raises Broken when no Chinese font is there."""
    found = typst.Fonts(include_system_fonts=True, font_paths=list(folders))
    there = set(found.families())
    chosen = {role: next((name for name in names if name in there), "") for role, names in FAMILIES.items()}
    if not all(chosen.values()):
        raise Broken("本机没有中文字体，无法排版 PDF", fix=how_to_install())
    standing_in = [role for role, name in chosen.items() if FAMILIES[role].index(name) >= TRUE_FACES[role]]
    warnings = tuple(f"本机没有{WANTED[role]}字体，PDF 中以 {chosen[role]} 代替" for role in standing_in)
    return FontSet(chosen, warnings, found)


def how_to_install() -> str:
    """What to do where no Chinese font is found."""
    if platform.system() == "Windows":
        return "请安装宋体、仿宋、黑体、楷体，或把字体文件放入数据目录的 fonts 文件夹"
    return f"请运行 apt-get install {FONT_PACKAGE}，或把字体文件放入数据目录的 fonts 文件夹"
