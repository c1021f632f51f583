"""A reader of ISO 20022 schemas that checks a document against one: independent of what writes our files.

Only what those schemas use: sequences and choices of elements, simple types by restriction, one attribute. Anything
else in a schema is an error here, so that nothing is passed over in silence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from xml.etree.ElementTree import Element

XS = "{http://www.w3.org/2001/XMLSchema}"


class Schema:
    def __init__(self, root: Element) -> None:
        self.namespace = root.attrib["targetNamespace"]
        self.types = {child.attrib["name"]: child for child in root if child.tag != f"{XS}element"}
        self.top = next(child for child in root if child.tag == f"{XS}element")

    def faults(self, document: Element) -> list[str]:
        """What is wrong, by path; empty for a valid document."""
        if document.tag != f"{{{self.namespace}}}{self.top.attrib['name']}":
            return [f"the document is a {document.tag}"]
        return list(self._check(document, self.top.attrib["type"], self.top.attrib["name"]))

    def _check(self, element: Element, type_name: str, path: str) -> Iterator[str]:
        if type_name.startswith("xs:"):
            yield from self._value(element.text or "", type_name, path)
            return
        kind = self.types[type_name]
        if kind.tag == f"{XS}simpleType":
            if len(element) or element.attrib:
                yield f"{path}: has children or attributes"
            yield from self._value(element.text or "", type_name, path)
            return
        (body,) = kind
        if body.tag == f"{XS}simpleContent":
            (extension,) = body
            (attribute,) = extension
            yield from self._value(element.text or "", extension.attrib["base"], path)
            if set(element.attrib) != {attribute.attrib["name"]}:
                yield f"{path}: attributes {sorted(element.attrib)}"
            else:
                yield from self._value(element.attrib[attribute.attrib["name"]], attribute.attrib["type"], path)
            return
        if element.attrib or (element.text or "").strip():
            yield f"{path}: has text or attributes"
        children = list(element)
        if body.tag == f"{XS}sequence":
            yield from self._sequence(body, children, path)
        elif body.tag == f"{XS}choice":
            yield from self._choice(body, children, path)
        else:
            raise NotImplementedError(body.tag)

    def _name(self, declared: Element) -> str:
        if declared.tag != f"{XS}element":
            raise NotImplementedError(declared.tag)
        return f"{{{self.namespace}}}{declared.attrib['name']}"

    def _sequence(self, body: Element, children: list[Element], path: str) -> Iterator[str]:
        rest = list(children)
        for declared in body:
            name, short = self._name(declared), declared.attrib["name"]
            least = int(declared.attrib.get("minOccurs", "1"))
            most = declared.attrib.get("maxOccurs", "1")
            count = 0
            while rest and rest[0].tag == name and (most == "unbounded" or count < int(most)):
                count += 1
                yield from self._check(rest.pop(0), declared.attrib["type"], f"{path}/{short}")
            if count < least:
                yield f"{path}: {short} is missing"
        for extra in rest:
            yield f"{path}: {extra.tag.rpartition('}')[2]} is out of place"

    def _choice(self, body: Element, children: list[Element], path: str) -> Iterator[str]:
        allowed = {self._name(declared): declared for declared in body}
        if len(children) != 1 or children[0].tag not in allowed:
            yield f"{path}: one of {len(allowed)} choices is needed"
            return
        declared = allowed[children[0].tag]
        yield from self._check(children[0], declared.attrib["type"], f"{path}/{declared.attrib['name']}")

    def _value(self, text: str, type_name: str, path: str) -> Iterator[str]:
        if type_name.startswith("xs:"):
            pattern = {
                "xs:string": r"(?s).*",
                "xs:decimal": r"[+-]?\d+(\.\d+)?",
                "xs:boolean": r"true|false|0|1",
                "xs:date": r"\d{4}-\d\d-\d\d(Z|[+-]\d\d:\d\d)?",
                "xs:dateTime": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?",
            }[type_name]
            if not re.fullmatch(pattern, text):
                yield f"{path}: {text!r} is no {type_name}"
            return
        (restriction,) = self.types[type_name]
        wrong = list(self._value(text, restriction.attrib["base"], path))
        if wrong:
            yield from wrong
            return
        facets = [(facet.tag.removeprefix(XS), facet.attrib["value"]) for facet in restriction]
        listed = [value for name, value in facets if name == "enumeration"]
        if listed and text not in listed:
            yield f"{path}: {text!r} is none of the {len(listed)} allowed"
        for name, value in facets:
            if name != "enumeration" and not self._holds(name, value, text):
                yield f"{path}: {text!r} breaks {name} {value}"

    @staticmethod
    def _holds(name: str, value: str, text: str) -> bool:
        match name:
            case "minLength":
                return len(text) >= int(value)
            case "maxLength":
                return len(text) <= int(value)
            case "pattern":
                return re.fullmatch(value, text) is not None
            case "fractionDigits":
                return len(text.partition(".")[2]) <= int(value)
            case "totalDigits":
                return len(text.replace(".", "").lstrip("0")) <= int(value)
            case "minInclusive":
                return Decimal(text) >= Decimal(value)
        raise NotImplementedError(name)
