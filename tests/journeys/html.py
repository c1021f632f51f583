"""A page as somebody with no JavaScript has it: its text, its links and its forms."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

Value = str | bool | Sequence[str]
_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
_BREAKS = {
    "p", "div", "li", "dt", "dd", "h1", "h2", "h3", "h4", "tr", "td", "th", "section", "button", "label", "legend",
    "br", "option",
}  # fmt: skip


@dataclass
class Control:
    """One input, textarea or select by its name; radios and checkboxes of one name are one control."""

    name: str
    kind: str
    values: list[str] = field(default_factory=list)  # what would be sent as it stands
    options: list[str] = field(default_factory=list)  # of radios, checkboxes and selects


@dataclass
class Button:
    """A submit button, with what it sends itself."""

    text: str = ""
    name: str = ""
    value: str = ""


@dataclass
class Form:
    """A form, as it would be sent if nothing were typed."""

    action: str
    method: str
    controls: dict[str, Control] = field(default_factory=dict)
    buttons: list[Button] = field(default_factory=list)

    def button(self, words: str) -> Button | None:
        """The button that says exactly this, or else the first that has these words in it."""
        exact = [b for b in self.buttons if b.text.lower() == words.lower()]
        return next(iter([*exact, *(b for b in self.buttons if words.lower() in b.text.lower())]), None)

    def filled(self, values: Mapping[str, Value], button: Button | None) -> list[tuple[str, str]]:
        """What a browser would send. Raises AssertionError for a field or a choice that the page does not offer."""
        sent = {name: list(control.values) for name, control in self.controls.items()}
        for name, value in values.items():
            assert name in self.controls, f"no field {name!r}; there are {sorted(self.controls)}"
            control = self.controls[name]
            if isinstance(value, bool):
                assert control.kind == "checkbox", f"{name} is no tick box"
                sent[name] = control.options[:1] if value else []
                continue
            wanted = [value] if isinstance(value, str) else list(value)
            if control.options:
                missing = [one for one in wanted if one not in control.options]
                assert not missing, f"{name} does not offer {missing}; it offers {control.options}"
            sent[name] = wanted
        pairs = [(name, value) for name, many in sent.items() for value in many]
        if button is not None and button.name:
            pairs.append((button.name, button.value))
        return pairs


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[Form] = []
        self.links: list[tuple[str, str]] = []
        self.title = ""
        self.main: list[str] = []
        self._open: list[str] = []
        self._form: Form | None = None
        self._area: Control | None = None
        self._select: Control | None = None
        self._button: Button | None = None
        self._link: list[str] | None = None
        self._href = ""
        self._errors = 0
        self.errors: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag not in _VOID:
            self._open.append(tag)
            if (
                self._errors
                or "error-summary__body" in found.get("class", "")
                or "own-notice--bad" in found.get("class", "")
            ):
                self._errors += 1
        if tag in _BREAKS:
            self.main.append("\n")
        match tag:
            case "form":
                self._form = Form(found.get("action", ""), found.get("method", "get").lower())
                self.forms.append(self._form)
            case "input":
                self._input(found)
            case "textarea" if self._form is not None:
                self._area = self._form.controls.setdefault(
                    found.get("name", ""), Control(found.get("name", ""), "textarea", [""])
                )
            case "select" if self._form is not None:
                self._select = Control(found["name"], "select")
                self._form.controls[found["name"]] = self._select
            case "option" if self._select is not None:
                self._select.options.append(found.get("value", ""))
                if "selected" in found or not self._select.values:
                    self._select.values = [found.get("value", "")]
            case "button" if self._form is not None and found.get("type", "submit") == "submit":
                self._button = Button("", found.get("name", ""), found.get("value", ""))
                self._form.buttons.append(self._button)
            case "a":
                self._link, self._href = [], found.get("href", "")

    def _input(self, found: Mapping[str, str]) -> None:
        name, kind = found.get("name", ""), found.get("type", "text")
        if self._form is None or not name or "disabled" in found:
            return
        if kind in ("radio", "checkbox"):
            control = self._form.controls.setdefault(name, Control(name, kind))
            control.options.append(found.get("value", "on"))
            if "checked" in found:
                control.values.append(found.get("value", "on"))
        elif kind in ("submit", "image"):
            self._form.buttons.append(Button(found.get("value", ""), name, found.get("value", "")))
        elif name in self._form.controls:
            self._form.controls[name].values.append(found.get("value", ""))
        else:
            self._form.controls[name] = Control(name, kind, [found.get("value", "")])

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID or tag not in self._open:
            return
        while self._open:
            closed = self._open.pop()
            self._errors = max(0, self._errors - 1)
            if closed == tag:
                break
        if tag in _BREAKS:
            self.main.append("\n")
        match tag:
            case "form":
                self._form = None
            case "textarea":
                self._area = None
            case "select":
                self._select = None
            case "button":
                self._button = None
            case "a" if self._link is not None:
                self.links.append((" ".join("".join(self._link).split()), self._href))
                self._link = None

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._area.values[0] += data
            return
        if self._open and self._open[-1] in ("script", "style"):
            return
        if self._open and self._open[-1] == "title":
            self.title += data
            return
        if self._button is not None:
            self._button.text = " ".join((self._button.text + data).split())
        if self._link is not None:
            self._link.append(data)
        if self._errors and data.strip():
            self.errors.append(" ".join(data.split()))
        if "main" in self._open:
            self.main.append(data)


class Page:
    """What came back, at which address."""

    def __init__(self, url: str, status: int, body: str, kind: str = "text/html") -> None:
        self.url, self.status, self.body, self.kind = url, status, body, kind
        reader = _Reader()
        if "html" in kind:
            reader.feed(body)
        self.title = reader.title.strip()
        self.forms, self.errors = reader.forms, reader.errors
        self.links = [(text, urljoin(url, href)) for text, href in reader.links if href]
        lines = (" ".join(line.split()) for line in "".join(reader.main).split("\n"))
        self.text = "\n".join(line for line in lines if line)

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    def __repr__(self) -> str:
        return f"{self.status} {self.path} {self.title!r}"

    def __contains__(self, words: str) -> bool:
        return words in self.text

    def paths(self, pattern: str) -> Iterator[str]:
        """The paths of links that match the whole of `pattern`, each once, in the page's order."""
        seen = set()
        for _, href in self.links:
            path = urlsplit(href).path
            if re.fullmatch(pattern, path) and path not in seen:
                seen.add(path)
                yield path

    def link(self, pattern: str) -> str:
        """The first such path. Raises AssertionError when there is none."""
        found = next(self.paths(pattern), None)
        assert found, (
            f"no link like {pattern} on {self!r}; there are {sorted({urlsplit(h).path for _, h in self.links})}"
        )
        return found

    def link_to(self, words: str) -> str:
        """The address of the link with these words."""
        found = next((href for text, href in self.links if words.lower() in text.lower()), None)
        assert found, f"no link says {words!r} on {self!r}: {[text for text, _ in self.links]}"
        return found

    def form_with(self, names: Sequence[str] = (), button: str = "") -> Form | None:
        """The first form that sends something, has these fields and, if given, a button with these words; rather one
        whose button says exactly that."""
        first = next(
            (f for f in self.forms if button and any(b.text.lower() == button.lower() for b in f.buttons)), None
        )
        for form in [*([first] if first else []), *self.forms]:
            if form.method != "post" or not set(names) <= set(form.controls):
                continue
            if (button and form.button(button) is None) or not form.buttons:
                continue
            return form
        return None
