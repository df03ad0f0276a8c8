"""What a body says, as a value with the model's names: from JSON and from XML, nothing left out.

botocore's own parsers pass over what the model does not have. Here a member that it does not have stands in the value
under its own name behind a question mark, and what is not of the type that the model says stays as it was sent.
"""

from __future__ import annotations

import base64
import binascii
from collections import defaultdict
from typing import Any
from xml.etree.ElementTree import Element

from botocore.model import Shape
from botocore.utils import parse_timestamp

UNKNOWN = "?"
_WORDS = {"true": True, "false": False}


def from_json(shape: Shape, sent: Any) -> Any:
    """Return what parsed JSON says."""
    kind = shape.type_name
    if kind == "structure" and isinstance(sent, dict):
        names = {member.serialization.get("name", name): name for name, member in in_body(shape).items()}
        return {
            names.get(key, UNKNOWN + key): from_json(shape.members[names[key]], value) if key in names else value
            for key, value in sent.items()
            if value is not None
        }  # fmt: skip
    if kind == "list" and isinstance(sent, list):
        return [from_json(shape.member, value) for value in sent]
    if kind == "map" and isinstance(sent, dict):
        return {key: from_json(shape.value, value) for key, value in sent.items()}
    if kind == "blob" and isinstance(sent, str):
        return _decoded(sent)
    if kind == "timestamp" and isinstance(sent, str):
        return _moment(sent) if "timestampFormat" in shape.serialization else sent
    return sent


def from_xml(shape: Shape, element: Element) -> Any:
    """Return what an XML element says."""
    kind = shape.type_name
    if kind == "structure":
        return _structure(shape, element)
    if kind == "list":
        return _items(shape, list(element), shape.member.serialization.get("name", "member"))
    if kind == "map":
        return _entries(shape, list(element))
    return from_text(shape, element.text or "")


def from_text(shape: Shape, text: str) -> Any:
    """Return what the text of an XML element, or of a header, says."""
    kind = shape.type_name
    if kind in ("integer", "long"):
        return int(text) if text.lstrip("-").isdigit() else text
    if kind in ("float", "double"):
        try:
            return float(text)
        except ValueError:
            return text
    if kind == "boolean":
        return _WORDS.get(text, text)
    if kind == "blob":
        return _decoded(text)
    if kind == "timestamp":
        return _moment(text)
    return text


def in_body(shape: Shape) -> dict[str, Shape]:
    """Return the members of a structure that are in the body, by name."""
    return {name: member for name, member in shape.members.items() if "location" not in member.serialization}


def tag(element: Element) -> str:
    """Return an element's name without its namespace."""
    return element.tag.rpartition("}")[2]


def _structure(shape: Shape, element: Element) -> dict[str, Any]:
    children: dict[str, list[Element]] = defaultdict(list)
    for child in element:
        children[tag(child)].append(child)
    value: dict[str, Any] = {}
    for name, member in in_body(shape).items():
        wire_name = _wire_name(name, member)
        if member.serialization.get("xmlAttribute"):
            attributes = {key.rpartition("}")[2]: text for key, text in element.attrib.items()}
            if (attribute := wire_name.rpartition(":")[2]) in attributes:
                value[name] = attributes[attribute]
        elif found := children.pop(wire_name, None):
            if member.serialization.get("flattened"):
                value[name] = _flat(member, found)
            else:
                value[name] = from_xml(member, found[0]) if len(found) == 1 else found
    return value | {UNKNOWN + name: found for name, found in children.items()}


def _wire_name(name: str, member: Shape) -> str:
    if member.type_name == "list" and member.serialization.get("flattened"):
        name = member.member.serialization.get("name", name)
    return member.serialization.get("name", name)


def _flat(shape: Shape, elements: list[Element]) -> Any:
    if shape.type_name == "list":
        return [from_xml(shape.member, element) for element in elements]
    return _entries(shape, elements)


def _items(shape: Shape, elements: list[Element], name: str) -> list[Any]:
    return [from_xml(shape.member, item) if tag(item) == name else item for item in elements]


def _entries(shape: Shape, elements: list[Element]) -> dict[str, Any]:
    key, value = shape.key.serialization.get("name", "key"), shape.value.serialization.get("name", "value")
    entries: dict[str, Any] = {}
    for entry in elements:
        parts = {tag(part): part for part in entry}
        if parts.keys() == {key, value}:
            entries[parts[key].text or ""] = from_xml(shape.value, parts[value])
        else:
            entries[f"{UNKNOWN}{tag(entry)}"] = entry
    return entries


def _decoded(text: str) -> Any:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return text


def _moment(text: str) -> Any:
    try:
        return parse_timestamp(text).timestamp()
    except ValueError:
        return text
