"""symbols: characters that a docx keeps as places in a symbol font (a tick box, a bullet, ≥) -> Unicode."""

from __future__ import annotations

# Code points of the fonts, as their makers publish them; what a form or a sentence may hold.
_FONTS = {
    "wingdings": {
        0x52: "☑", 0x6C: "●", 0x6E: "■", 0x6F: "□", 0x70: "□", 0x71: "□", 0x72: "□", 0x73: "◆", 0x74: "◆", 0x75: "◆",
        0x76: "◆", 0x77: "◆", 0x9F: "•", 0xA0: "•", 0xA1: "○", 0xA7: "▪", 0xA8: "□", 0xAB: "★", 0xAF: "★", 0xD8: "➢",
        0xDF: "←", 0xE0: "→", 0xE1: "↑", 0xE2: "↓", 0xFB: "×", 0xFC: "√", 0xFD: "☒", 0xFE: "☑",
    },
    "wingdings 2": {0x50: "√", 0x51: "☒", 0x52: "☑", 0x53: "☒", 0x54: "☒", 0x97: "●", 0xA3: "□", 0x2A: "□"},
    "symbol": {
        0xA2: "′", 0xA3: "≤", 0xA5: "∞", 0xAB: "↔", 0xAC: "←", 0xAD: "↑", 0xAE: "→", 0xAF: "↓", 0xB0: "°", 0xB1: "±",
        0xB2: "″", 0xB3: "≥", 0xB4: "×", 0xB7: "•", 0xB8: "÷", 0xB9: "≠", 0xBB: "≈", 0xBC: "…", 0xE5: "∑", 0x61: "α",
        0x62: "β", 0x67: "γ", 0x44: "Δ", 0x64: "δ", 0x6D: "μ", 0x70: "π", 0x71: "θ", 0x53: "Σ", 0x57: "Ω", 0x77: "ω",
    },
}  # fmt: skip
_PRIVATE = 0xF000  # where Word keeps a symbol font's 256 places
_LAST = 0xF0FF
_BASIC = 0xFFFF
_NUMBERED = (
    {0x80: "⓪"}
    | {0x81 + at: chr(ord("①") + at) for at in range(10)}
    | {0x8C + at: chr(ord("❶") + at) for at in range(10)}
)
_ANY = {**_FONTS["symbol"], **_FONTS["wingdings"]}


def sign(code: str, font: str) -> str:
    """The character at a font's hexadecimal place (`w:sym`); "" for a mere ornament."""
    try:
        place = int(code, 16)
    except ValueError:
        return ""
    private = _PRIVATE <= place <= _LAST
    if private or font.lower() in _FONTS:
        return _of(place & 0xFF, font)
    return char if place <= _BASIC and (char := chr(place)).isprintable() else ""


def plain(text: str) -> str:
    """A text with the places of symbol fonts in it (from pasted lists) as characters."""
    if not any(_PRIVATE <= ord(char) <= _LAST for char in text):
        return text
    return "".join(_of(ord(char) & 0xFF, "") if _PRIVATE <= ord(char) <= _LAST else char for char in text)


def _of(place: int, font: str) -> str:
    name = font.lower()
    if name == "wingdings" and place in _NUMBERED:
        return _NUMBERED[place]
    return _FONTS.get(name, _ANY).get(place, "")
