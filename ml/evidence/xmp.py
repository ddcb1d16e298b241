"""XMP: what a packet says of the picture, as a flat list of properties.

Read by expat one event at a time. A packet with a document type is refused, since that is where entity expansion and
references to other files begin; no valid XMP has one (ISO 16684-1).
"""

from collections import defaultdict
from xml.parsers import expat

from ml.sentences import Sentence, say

Properties = dict[str, list[str]]

_LONGEST, _MOST, _LONGEST_VALUE = 1_000_000, 1_000, 20_000
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_SPACES = {
    "http://iptc.org/std/Iptc4xmpExt/2008-02-29/": "Iptc4xmpExt",
    "http://ns.adobe.com/xap/1.0/": "xmp",
    "http://ns.adobe.com/xap/1.0/mm/": "xmpMM",
    "http://ns.adobe.com/xap/1.0/sType/ResourceEvent#": "stEvt",
    "http://ns.adobe.com/photoshop/1.0/": "photoshop",
    "http://ns.adobe.com/tiff/1.0/": "tiff",
    "http://ns.adobe.com/exif/1.0/": "exif",
    "http://ns.adobe.com/exif/1.0/aux/": "aux",
    "http://cipa.jp/exif/1.0/": "exifEX",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://ns.adobe.com/hdr-gain-map/1.0/": "hdrgm",
    "http://ns.google.com/photos/1.0/camera/": "GCamera",
    "http://www.tc260.org.cn/ns/AIGC/1.0/": "TC260",
}


class Refused(ValueError):
    """The packet is no XMP that may be read; `reason` says why."""

    def __init__(self, reason: Sentence) -> None:
        super().__init__(reason)
        self.reason = reason


def parse(packet: bytes) -> Properties:
    """Every property of a known namespace, as `prefix:name` → its values in order.

    Attributes, elements, `rdf:resource` and the items of lists count alike; structures are flattened. What was read
    before a packet breaks off is kept.

    Raises:
        Refused: it is too large or has a document type.
    """
    if len(packet) > _LONGEST:
        raise Refused(say("The XMP packet of this file is too large to be read."))
    reader = _Reader()
    try:
        reader.parser.Parse(packet.strip(b"\0 \r\n\t"), True)
    except Refused:
        raise
    except (expat.ExpatError, ValueError, LookupError):  # the latter two: encodings that Python does not know
        reader.found["damaged"] = ["true"]
    return dict(reader.found)


class _Reader:
    """Expat's events, gathered; the text of a list item belongs to the property around it."""

    def __init__(self) -> None:
        self.found: Properties = defaultdict(list)
        self._names: list[str] = []
        self._texts: list[str] = []
        self._count = 0
        self.parser = expat.ParserCreate(namespace_separator="|")
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = _refuse
        self.parser.StartElementHandler = self._start
        self.parser.CharacterDataHandler = self._text
        self.parser.EndElementHandler = self._end

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        around = self._names[-1] if self._names and name.startswith(_RDF) else ""
        self._names.append(_short(name) or around)
        self._texts.append("")
        for key, value in attributes.items():
            self._add(self._names[-1] if key == f"{_RDF}|resource" else _short(key), value)

    def _text(self, text: str) -> None:
        if self._texts and len(self._texts[-1]) < _LONGEST_VALUE:
            self._texts[-1] += text

    def _end(self, _name: str) -> None:
        self._add(self._names.pop(), self._texts.pop())

    def _add(self, name: str, value: str) -> None:
        value = value.strip()[:_LONGEST_VALUE]
        if name and value and self._count < _MOST:
            self._count += 1
            self.found[name].append(value)


def _refuse(*_: object) -> None:
    raise Refused(say("The XMP packet of this file has a document type, which no valid one has."))


def _short(name: str) -> str:
    """`prefix:name` of a known namespace; "" of any other, RDF's own among them."""
    space, _, local = name.rpartition("|")
    prefix = _SPACES.get(space)
    return f"{prefix}:{local}" if prefix else ""
