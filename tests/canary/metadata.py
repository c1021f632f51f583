"""What an answer or a mail says beside its words: ids, names of files, dates in documents, calendars, headers.

Bars P2 (mails), P4 (ids), P8 (calendars) and P9 (files), over everything that a walk got or a run sent.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.canary.site import ORIGIN, Answer

ROOT = Path(__file__).resolve().parents[2]

# --- ids (bar P4) ----------------------------------------------------------------------------------------------------

UUIDS = re.compile(
    r"(?<![0-9a-f])[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}(?![0-9a-f])", re.IGNORECASE
)
_ULID = re.compile(r"(?<![0-9A-Za-z])[0-7][0-9A-HJKMNP-TV-Z]{25}(?![0-9A-Za-z])")
_SNOWFLAKE = re.compile(r"(?<![0-9A-Za-z.+-])[0-9]{15,20}(?![0-9A-Za-z.])")
_OBJECT_ID = re.compile(r"(?<![0-9a-f-])6[0-9a-f]{23}(?![0-9a-f-])")  # four bytes of time first: since 2021 until 2029
_ADDRESS = re.compile(r"""(?:href|action|formaction|src|value|data-[\w-]+)\s*=\s*["']([^"']+)["']""")
_ID_KEY = re.compile(r"(^|_)(id|pk|seq|sequence|serial|uid|key)$")
# Roles that must learn nothing from an id.
OUTSIDERS = ("requester", "program", "anonymous")


def uuids_in(text: str) -> set[str]:
    return {found.replace("-", "").lower() for found in UUIDS.findall(text)}


def faults_of_uuids(text: str) -> Iterator[str]:
    """Ids of a kind that tells when, where or in which order they were drawn."""
    for found in UUIDS.findall(text):
        plain = found.replace("-", "").lower()
        if "-" not in found:
            continue  # hexadecimal of other kinds: digests and secrets have no version
        if plain[12] != "4" or plain[16] not in "89ab":
            yield f"an id of version {plain[12]}: {found}"
    for what, pattern in (("ULID", _ULID), ("a number that grows", _SNOWFLAKE), ("time first", _OBJECT_ID)):
        for found in pattern.findall(text):
            yield f"{what}: {found}"


def _numbered(value: Any, at: str = "") -> Iterator[str]:
    """Members of a JSON document that are ids and are numbers."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if _ID_KEY.search(str(name)) and (
                (isinstance(inner, int) and not isinstance(inner, bool)) or (isinstance(inner, str) and inner.isdigit())
            ):
                yield f"{at}/{name} is a number"
            yield from _numbered(inner, f"{at}/{name}")
    elif isinstance(value, list):
        for inner in value:
            yield from _numbered(inner, f"{at}/*")


def _counted(address: str) -> bool:
    """Does an address of ours say which one by a number?"""
    parts = urlsplit(address)
    if parts.netloc and f"{parts.scheme}://{parts.netloc}" != ORIGIN:
        return False
    return any(part.isdigit() for part in parts.path.split("/")) or any(
        _ID_KEY.search(name) and value.isdigit() for name, value in parse_qsl(parts.query)
    )


def faults_of_ids(answer: Answer, hidden: Collection[str]) -> list[str]:
    """`hidden`: ids (32 hexadecimal digits) that nobody outside may ever see: rows of people and of how they are paid."""
    if answer.role not in OUTSIDERS or not answer.gave_something:
        return []
    told = [unquote(answer.path), *(v for n, v in answer.headers.items() if n not in ("date", "content-length"))]
    if answer.kind.startswith("text/") or answer.kind.endswith("json"):
        told.append(answer.body.decode("utf-8", "replace"))
    text = "\n".join(told)
    faults = [] if answer.route == "api/v1/openapi.json" else list(faults_of_uuids(text))
    faults += [f"an id of a row that is hidden: {one}" for one in uuids_in(text) & set(hidden)]
    addresses = [answer.headers.get("location", ""), answer.path]
    if answer.kind == "text/html":
        addresses += [a for a in _ADDRESS.findall(text) if a.startswith(("/", ORIGIN))]
    faults += [f"an address with a number: {a}" for a in addresses if _counted(a)]
    if answer.kind.endswith("json") and answer.route != "api/v1/openapi.json":
        faults += list(_numbered(json.loads(answer.body)))
    return faults


# --- files (bar P9) --------------------------------------------------------------------------------------------------

_NAMED = re.compile(r"attachment; filename=\"?([\w.-]+)\"?")
# What a file may be called: what it is, a reference of ours, a whole day.
_REFERENCE = "[A-Z0-9]{2,8}-[A-Z0-9]{3,12}"
_FILE_NAME = re.compile(rf"([a-z][a-z-]*(-{_REFERENCE})?|{_REFERENCE})(-\d{{4}}-\d{{2}}(-\d{{2}})?)?\.[a-z]{{2,6}}")
_PDF_MAKER = re.compile(rb"/(?:Author|Subject|Keywords)\s*[(<]")
_PDF_MOMENT = re.compile(rb"/(?:CreationDate|ModDate)\s*\(?D:(\d{8})(\d{6})?|xmp:(?:Create|Modify)Date>[\d-]+T([\d:]+)")
FILES = ("application/pdf", "application/zip", "text/csv", "text/calendar", "application/xml", "application/ld+json")


def name_of_file(answer: Answer) -> str:
    found = _NAMED.search(answer.headers.get("content-disposition", ""))
    return found.group(1) if found else ""


def faults_of_file(answer: Answer) -> list[str]:
    """A name that says more than what it is, exact times, whoever made it."""
    faults = []
    said = answer.headers.get("content-disposition", "")
    name = name_of_file(answer)
    if "filename" in said and not name:
        faults.append(f"a file's name in a way nobody reads: {said}")
    if name and (not _FILE_NAME.fullmatch(name) or uuids_in(name)):
        faults.append(f"a file is called {name}")
    if answer.status != 200:
        return faults
    if answer.body[:5] == b"%PDF-":
        faults += list(_pdf_faults(answer.body))
    if answer.body[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(answer.body)) as archive:
            faults += list(_zip_faults(archive))
    if answer.kind == "text/calendar":
        faults += faults_of_calendar(answer.body.decode("utf-8"), person=answer.role == "spokesperson")
    return faults


def _pdf_faults(body: bytes) -> Iterator[str]:
    parts = [body]
    for found in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", body, re.DOTALL):
        try:
            parts.append(zlib.decompress(found.group(1)))
        except zlib.error:
            parts.append(found.group(1))
    for part in parts:
        if _PDF_MAKER.search(part):
            yield "a PDF says who made it"
        for moment in _PDF_MOMENT.finditer(part):
            exact = moment.group(2) or moment.group(3) or b""
            if exact.strip(b"0:") not in (b"", b"12"):
                yield "a PDF says to the second when it was made"


def _zip_faults(archive: zipfile.ZipFile) -> Iterator[str]:
    if archive.comment:
        yield "an archive has a comment"
    for entry in archive.infolist():
        if entry.date_time[3:] != (0, 0, 0):
            yield f"{entry.filename} says when to the second: {entry.date_time}"
        if entry.comment or not re.fullmatch(r"[a-z][\w./-]*", entry.filename) or uuids_in(entry.filename):
            yield f"a file in an archive is called {entry.filename}"


# --- calendars (bar P8) ----------------------------------------------------------------------------------------------

_TELLING = ("LOCATION", "ATTENDEE", "ORGANIZER", "DESCRIPTION", "CONTACT", "COMMENT", "GEO", "ATTACH", "X-ALT-DESC",
            "CATEGORIES", "RESOURCES", "RELATED-TO", "URL", "CONFERENCE", "IMAGE", "X-WR-CALNAME", "X-WR-CALDESC")  # fmt: skip
COVER = "Dentist"  # what somebody of the test calls it


def faults_of_calendar(text: str, *, person: bool) -> list[str]:
    """An event says "Busy" or what its owner calls it; nothing of where, who, with whom."""
    text = re.sub(r"\r?\n[ \t]", "", text)
    lines = re.sub(r"BEGIN:VTIMEZONE.*?END:VTIMEZONE\r?\n", "", text, flags=re.DOTALL).splitlines()
    names = [re.split("[;:]", line, maxsplit=1)[0].upper() for line in lines]
    faults = [f"a calendar tells its {name}" for name in names if name in _TELLING]
    titles = [line.partition(":")[2] for line in lines if line.upper().startswith("SUMMARY")]
    wanted = rf"Busy|{COVER}" if person else r"Booking BK-[A-Z0-9]+"
    faults += [f"a calendar's event is called {title}" for title in titles if not re.fullmatch(wanted, title)]
    if not titles:
        faults.append("a calendar's event has no title")
    faults += list(faults_of_uuids(text))
    if "CLASS:PRIVATE" not in text:
        faults.append("a calendar's event is not private")
    return faults


# --- mails (bar P2) --------------------------------------------------------------------------------------------------

MOST_SUBJECTS = 6
_HEADERS = {
    "subject", "from", "to", "date", "message-id", "mime-version", "content-type", "content-transfer-encoding",
    "auto-submitted", "x-auto-response-suppress",
}  # fmt: skip


def subjects() -> set[str]:
    """All the subjects there are."""
    from backend.accounts.handlers import SUBJECT
    from network.notifications.data import Subject

    return {SUBJECT, *(subject.value for subject in Subject)}


def bodies() -> list[re.Pattern[str]]:
    """All the bodies there are: the templates, with an address of ours, a subject or a code put in."""
    found = []
    values = {
        "link": rf"{re.escape(ORIGIN)}/(?:m|join)/[\w-]{{20,}}/",
        "subject": "|".join(re.escape(subject) for subject in sorted(subjects())),
        "code": "[0-9]{6}",
    }
    for path in sorted((ROOT / "templates" / "email").glob("*/body.txt")):
        text = re.sub(r"{% (?:end)?autoescape[^%]*%}", "", path.read_text(encoding="utf-8")).strip()
        for shown in (r"\1", ""):  # with what stands under a condition, and without it
            said = re.sub(r"{% if \w+ %}(.*?){% endif %}", shown, text, flags=re.DOTALL)
            parts = re.split(r"{{\s*(\w+)\s*}}", said)
            found.append(
                re.compile("".join(f"(?:{values[p]})" if n % 2 else re.escape(p) for n, p in enumerate(parts)))
            )
    return found


def faults_of_mail(message: EmailMessage, allowed: Collection[str], known: Iterable[re.Pattern[str]]) -> list[str]:
    """Subject from the list, body from the list, nothing fetched, no header that says who or what."""
    faults = []
    if str(message["Subject"]) not in allowed:
        faults.append(f"subject {message['Subject']}")
    faults += [f"header {name}" for name, _ in message.items() if name.lower() not in _HEADERS]
    if str(message["From"]) != f"Messages <messages@{urlsplit(ORIGIN).hostname}>":
        faults.append(f"sender {message['From']}")
    if len(message.get_all("To", [])) != 1 or "," in str(message["To"]):
        faults.append("more than one recipient")
    if not re.fullmatch(rf"<[\w.=+-]+@{re.escape(urlsplit(ORIGIN).hostname or '')}>", str(message["Message-ID"])):
        faults.append(f"message id {message['Message-ID']}")
    if message.is_multipart() or message.get_content_type() != "text/plain":
        faults.append(f"a mail of {message.get_content_type()}")
        return faults
    body = str(message.get_content()).replace("\r\n", "\n").strip()
    if not any(pattern.fullmatch(body) for pattern in known):
        faults.append(f"a body that is on no list: {body[:200]!r}")
    return faults
