"""Damage as discs, mail gateways and half-finished programs do it: bytes flipped, cut and doubled, files cut short,
members of a zip torn, swapped, emptied or taken out, XML cut within a tag. Any file, the same damage for one seed."""

from __future__ import annotations

import io
import random
import zipfile

MAX_ZIP = 20_000_000


def mutated(content: bytes, chance: random.Random) -> bytes:
    """The file, damaged once."""
    whole = [_flipped, _cut, _doubled, _torn]
    within = [_member_torn, _members_swapped, _member_gone, _xml_cut, _member_emptied]
    ways = [*whole, *within, *within] if content.startswith(b"PK\x03\x04") else [*whole, _xml_cut_plain]
    return chance.choice(ways)(content, chance)


def _flipped(content: bytes, chance: random.Random) -> bytes:
    torn = bytearray(content)
    for _ in range(chance.choice((1, 4, 30, 300))):
        torn[chance.randrange(len(torn))] ^= 1 << chance.randrange(8)
    return bytes(torn)


def _cut(content: bytes, chance: random.Random) -> bytes:
    return content[: chance.randrange(len(content))]


def _doubled(content: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(content))
    piece = content[start : start + chance.randint(1, 2000)]
    return content[:start] + piece * chance.choice((2, 3, 50)) + content[start:]


def _torn(content: bytes, chance: random.Random) -> bytes:
    torn = bytearray(content)
    for _ in range(chance.randint(1, 12)):
        at = chance.randrange(len(torn) + 1)
        match chance.randrange(3):
            case 0:
                torn[at : at + 1] = chance.randbytes(1)
            case 1:
                del torn[at : at + chance.randint(1, 40)]
            case _:
                torn[at:at] = chance.randbytes(chance.randint(1, 20))
    return bytes(torn) or b"x"


def _xml_cut_plain(content: bytes, chance: random.Random) -> bytes:
    """Something that is markup, or a PDF's object, cut or nested where it stands."""
    at = content.find(b"<", chance.randrange(len(content)))
    at = at if at >= 0 else chance.randrange(len(content))
    return content[:at] + chance.choice((b"", b"<" * 200, b"<a " * 50, b"[" * 300, b"&x;" * 50)) + content[at + 1 :]


def _members(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _packed(members: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in members.items():
            archive.writestr(name, part)
    return stream.getvalue()


def _chosen(members: dict[str, bytes], chance: random.Random) -> str:
    # Three times in four a part with the text in it.
    telling = [name for name in members if "document" in name or "sheet" in name or "workbook" in name]
    return chance.choice(telling if telling and chance.random() < 0.75 else list(members))


def _member_torn(content: bytes, chance: random.Random) -> bytes:
    members = _members(content)
    name = _chosen(members, chance)
    members[name] = chance.choice((_torn, _flipped, _cut, _doubled))(members[name] or b"x", chance)
    return _packed(members)


def _members_swapped(content: bytes, chance: random.Random) -> bytes:
    members = _members(content)
    one, other = chance.sample(list(members), 2)
    members[one], members[other] = members[other], members[one]
    return _packed(members)


def _member_gone(content: bytes, chance: random.Random) -> bytes:
    members = _members(content)
    del members[_chosen(members, chance)]
    return _packed(members)


def _member_emptied(content: bytes, chance: random.Random) -> bytes:
    members = _members(content)
    members[_chosen(members, chance)] = chance.choice((b"", b"<a/>", b"\0" * 100, "<甲".encode() * 100))
    return _packed(members)


def _xml_cut(content: bytes, chance: random.Random) -> bytes:
    """A part whose XML is well formed in bits: tags cut, values changed, elements nested deep, entities declared."""
    members = _members(content)
    name = _chosen(members, chance)
    part = members[name] or b"<a/>"
    match chance.randrange(4):
        case 0:
            members[name] = _xml_cut_plain(part, chance)
        case 1:  # a number where another stood
            digits = [b"0", b"-1", b"99999999999", b"x", b""]
            pieces = part.split(b'val="')
            at = chance.randrange(len(pieces))
            head, quote, tail = pieces[at].partition(b'"')
            pieces[at] = (chance.choice(digits) if at else head) + quote + tail
            members[name] = b'val="'.join(pieces)
        case 2:
            deep = chance.choice((100, 240, 3000))
            middle = part.find(b">", len(part) // 2) + 1
            members[name] = part[:middle] + b"<w:r>" * deep + b"</w:r>" * deep + part[middle:]
        case _:
            at = part.find(b"?>") + 2 if b"?>" in part[:200] else 0
            members[name] = part[:at] + b'<!DOCTYPE a [<!ENTITY x "' + b"y" * 99 + b'">]>' + part[at:]
    return _packed(members)
