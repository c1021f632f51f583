"""How values are written for comparing, and when two names may be the same. Pure; no Django, no words kept.

A name may be the same when each of its parts has a counterpart that is spelled the same, sounds the same, or differs
by one letter. Wrong matches cost a look by the safeguarding lead; a missed one may cost far more.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from urllib.parse import urlsplit

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_HANDLE = re.compile(r"(?<![\w.])@([\w.]{2,60})")
_HOST = re.compile(r"\b(?:[a-z0-9-]+\.)+[a-z]{2,24}\b")
_PHONE = re.compile(r"\+?\d[\d ()-]{7,18}\d")
EMPTY_WORDS = frozenset({"the", "ltd", "limited", "plc", "llp", "co", "company", "magazine", "newspaper", "online"})
_TITLES = frozenset({"mr", "mrs", "ms", "miss", "mx", "dr", "prof", "sir", "dame", "pc", "sgt"})
_SOUNDS = str.maketrans("bfpvcgjkqsxzdtlmnr", "111122222222334556")


def plain(text: str) -> str:
    """Without accents, case, odd spaces or width."""
    flat = unicodedata.normalize("NFKD", text).casefold()
    return "".join(c for c in flat if not unicodedata.combining(c))


def words(text: str) -> list[str]:
    return [w.replace("'", "").replace("’", "") for w in _WORD.findall(plain(text))]


def email(value: str) -> str:
    """One spelling of an address; what follows a plus sign is dropped, since it reaches the same person."""
    local, at, host = plain(value).strip().rpartition("@")
    return f"{local.partition('+')[0]}@{host}" if at and local and host else ""


def phone(value: str) -> str:
    """National digits of the United Kingdom, or international ones: +44 7700, 0044 7700 and 07700 are one number."""
    digits = "".join(c for c in value if c.isdigit())
    if value.strip().startswith("+") and not digits.startswith("44"):
        return f"+{digits}"
    for prefix in ("0044", "44"):
        if digits.startswith(prefix):
            return f"0{digits.removeprefix(prefix).removeprefix('0')}"
    return digits if len(digits) >= 7 else ""


def domain(value: str) -> str:
    """The host of an address, an email or a bare name, without `www`."""
    text = plain(value).strip()
    host = text.rpartition("@")[2] if "@" in text else (urlsplit(text if "//" in text else f"//{text}").hostname or "")
    return host.removeprefix("www.").strip(".") if "." in host else ""


def handle(value: str) -> str:
    """The last part of a profile's address, or the handle itself."""
    text = plain(value).strip().rstrip("/")
    return text.rpartition("/")[2].lstrip("@").strip()


def phrase(value: str) -> str:
    """An outlet or a place: its words, without those that say nothing."""
    found = words(value)
    return " ".join([w for w in found if w not in EMPTY_WORDS] or found)


def hosts_of(host: str) -> Iterator[str]:
    """A host and those above it, as far as two labels: a list that names the paper covers its mail server."""
    labels = host.split(".")
    for start in range(max(len(labels) - 1, 0)):
        yield ".".join(labels[start:])


def emails_in(text: str) -> set[str]:
    return {email(found) for found in _EMAIL.findall(plain(text))}


def hosts_in(text: str) -> set[str]:
    return {host for found in _HOST.findall(plain(text)) for host in hosts_of(domain(found))}


def handles_in(text: str) -> set[str]:
    tails = {handle(part) for part in plain(text).split() if "/" in part}
    return {found.strip(".") for found in _HANDLE.findall(plain(text))} | {tail for tail in tails if tail}


def phones_in(text: str) -> set[str]:
    return {number for found in _PHONE.findall(text) if (number := phone(found))}


@lru_cache(maxsize=8192)
def sound(word: str) -> str:
    """A code of how a word sounds in English: letters that sound alike are one, vowels after the first do not count."""
    start = re.sub(r"^(kn|gn|pn)", "n", word.replace("ph", "f"))
    start = re.sub(r"^wr", "r", start)
    first = {"c": "k", "q": "k", "g": "j" if start[1:2] in ("e", "i") else "g"}.get(start[:1], start[:1])
    code, last = [first], start[:1].translate(_SOUNDS)
    for letter in start[1:]:
        digit = letter.translate(_SOUNDS)
        if digit.isdigit() and digit != last:
            code.append(digit)
        if letter not in "hw":
            last = digit
    return "".join(code)[:5]


def one_letter_apart(a: str, b: str) -> bool:
    """One letter more, less, other or swapped with its neighbour."""
    if a == b:
        return True
    if abs(len(a) - len(b)) > 1:
        return False
    short, long = sorted((a, b), key=len)
    at = next((i for i, (x, y) in enumerate(zip(short, long, strict=False)) if x != y), len(short))
    if len(short) < len(long):
        return short[at:] == long[at + 1 :]
    swapped = len(a) > at + 1 and (a[at], a[at + 1]) == (b[at + 1], b[at])
    return a[at + 1 :] == b[at + 1 :] or (swapped and a[at + 2 :] == b[at + 2 :])


def like(a: str, b: str) -> bool:
    """Two words of a name. Short ones and initials must be the same; longer ones may be misspelled."""
    if a == b:
        return True
    if min(len(a), len(b)) < 3:
        return False
    return (len(a) > 3 and len(b) > 3 and sound(a) == sound(b)) or (min(len(a), len(b)) > 4 and one_letter_apart(a, b))


def name_parts(name: str) -> list[str]:
    return [w for w in words(name) if w not in _TITLES]


def same_name(listed: str, other: str) -> bool:
    """Whether `other` may be the name on a list. Whoever wrote only one word is matched by that word as it stands."""
    mine, theirs = name_parts(listed), name_parts(other)
    if not mine or not theirs:
        return False
    if len(mine) == 1 or len(theirs) == 1:
        return bool(set(mine) & set(theirs)) if len(mine) == 1 else mine[-1] == theirs[0]
    left = list(theirs)
    for part in mine if len(mine) <= len(theirs) else _ends(mine):
        found = next((w for w in left if like(part, w) or _initial(part, w)), None)
        if found is None:
            return False
        left.remove(found)
    return True


def _ends(parts: list[str]) -> list[str]:
    """First and last: middle names are often left out."""
    return [parts[0], parts[-1]]


def _initial(a: str, b: str) -> bool:
    return 1 in (len(a), len(b)) and a[:1] == b[:1]


def name_in(listed: str, text: list[str]) -> str:
    """The run of a text's words that may be the listed name, or "". One word alone is too little to go by."""
    mine = _ends(parts) if len(parts := name_parts(listed)) > 2 else parts
    if len(mine) < 2:
        return ""
    spots = [[i for i, w in enumerate(text) if like(part, w)] for part in mine]
    for i in spots[0]:
        for j in spots[1]:
            if i != j and abs(i - j) <= 2:
                return " ".join(text[min(i, j) : max(i, j) + 1])
    return ""


def first_like(listed: str, names: Iterable[str]) -> str:
    return next((name for name in names if same_name(listed, name)), "")
