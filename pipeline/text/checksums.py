"""Checksums of the numbers that name a person or a unit. Pure; input is plain half-width text."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

# GB 11643-1999, 4.2.4: weights of the first 17 digits, and the check character for each remainder.
_IDENTITY_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_IDENTITY_CHECKS = "10X98765432"
# GB/T 2260: the first two digits are a province; 81 to 83 are residents' permits of 港澳台, 9 opens a foreigner's.
_PROVINCES = re.compile("1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]|91")
# GB 32100-2015, 4.2: the alphabet leaves out I, O, S, V, Z; weights are the powers of 3 modulo 31.
_CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
# GB 32100-2015, table 1, with the later letters: the registering department and the kind of unit.
_DEPARTMENT = re.compile("[1-9AEGNY][1-9]")
_CENTRAL = "10"  # in the region's place: registered by a central authority


def born(digits: str) -> bool:
    """Whether eight digits are a day somebody living can be born on."""
    try:
        return 1880 <= date(int(digits[:4]), int(digits[4:6]), int(digits[6:8])).year <= 2100  # noqa: PLR2004
    except ValueError:
        return False


def identity_shape(number: str) -> bool:
    """Whether an 18- or 15-character number has a province and a birthday where an identity number has them."""
    birthday = number[6:14] if len(number) == 18 else "19" + number[6:12]  # noqa: PLR2004
    return bool(_PROVINCES.match(number)) and born(birthday)


def alive(number: str) -> bool:
    """Whether the birthday of an identity number's shape lies in the last 110 years."""
    return 0 <= datetime.now(UTC).year - int(number[6:10]) <= 110  # noqa: PLR2004


def identity(number: str) -> bool:
    """Whether an 18-character identity number is valid (GB 11643-1999): province, birthday, check character."""
    if not identity_shape(number):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], _IDENTITY_WEIGHTS, strict=True))
    return _IDENTITY_CHECKS[total % 11] == number[17].upper()


def credit_code(code: str) -> bool:
    """Whether an 18-character unified social credit code is valid (GB 32100-2015)."""
    code = code.upper()
    values = [_CREDIT_ALPHABET.find(char) for char in code]
    if min(values) < 0 or not _DEPARTMENT.match(code) or not code[2:8].isdigit():
        return False
    if code[2:4] != _CENTRAL and not _PROVINCES.match(code, 2):
        return False
    total = sum(value * weight for value, weight in zip(values[:17], _CREDIT_WEIGHTS, strict=True))
    return (31 - total % 31) % 31 == values[17]


def luhn(number: str) -> bool:
    """Whether a number's last digit is its Luhn digit (ISO/IEC 7812-1, annex B)."""
    doubled = (sum(divmod(int(digit) * 2, 10)) for digit in number[-2::-2])
    return (sum(doubled) + sum(map(int, number[-1::-2]))) % 10 == 0
