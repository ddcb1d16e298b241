"""How a photograph says it was taken and kept: camera, exposure, times, programs, place and whatever names a person."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ml.evidence.exif import Value, clean
from ml.evidence.tags import Tags

_LONGEST = 120
_DATE = re.compile(r"(\d{4})[:-](\d\d)[:-](\d\d)[ T](\d\d):(\d\d)(?::(\d\d))?")
_XMP_PLACE = re.compile(r"(\d{1,3}),(\d{1,2}(?:\.\d+)?)(?:,(\d{1,2}(?:\.\d+)?))?([NSEW])")
# Programs that change pictures; firmware and programs that only copy files are none.
_EDITORS = re.compile(
    r"photoshop|lightroom|camera raw|gimp|snapseed|picsart|facetune|affinity|paint\.net|pixelmator|capture one|"
    r"picasa|photoscape|acdsee|paint shop|paintshop|corel|photofiltre|irfanview|imagemagick|meitu|vsco|faceapp|"
    r"luminar|darktable|rawtherapee|noise ninja|photo editor|photoimpact|iphoto|aperture|polarr|canva|fotor|pixlr",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Capture:
    """`facts` are for anyone, `gps` and `private` for the owner of the upload alone; times are None where not told."""

    make: str
    model: str
    lens: str
    taken: datetime | None
    modified: datetime | None
    editor: str
    facts: Mapping[str, str | float]
    gps: Mapping[str, float]
    private: Mapping[str, str]

    @property
    def camera(self) -> str:
        """Maker and model in words, the maker once."""
        repeated = self.make and self.model.lower().startswith(self.make.split()[0].lower())
        return _short(self.model if repeated else f"{self.make} {self.model}".strip())


def capture(tags: Tags) -> Capture:
    """What the tags say; EXIF first, then XMP, then IPTC."""
    found = tags.exif
    make, model = found.text("Make") or tags.first("tiff:Make"), found.text("Model") or tags.first("tiff:Model")
    lens = found.text("LensModel") or tags.first("aux:Lens", "exifEX:LensModel")
    taken = date(found.text("DateTimeOriginal") or tags.first("exif:DateTimeOriginal", "photoshop:DateCreated"))
    modified = date(found.text("DateTime") or tags.first("xmp:ModifyDate"))
    return Capture(
        make, model, lens, taken, modified, _editor(tags),
        _facts(tags, make, model, lens, taken, modified), _gps(tags), _private(tags),
    )  # fmt: skip


def date(text: str) -> datetime | None:
    """A time of EXIF or XMP as the camera's clock had it, without its zone; None where there is none."""
    match = _DATE.match(text)
    if not match:
        return None
    try:
        return datetime(*(int(part or 0) for part in match.groups()))  # type: ignore[arg-type]  # noqa: DTZ001
    except ValueError:
        return None


def _editor(tags: Tags) -> str:
    """The first program that changes pictures among those that the file names."""
    named = [tags.exif.text("Software"), tags.first("xmp:CreatorTool"), tags.first("tiff:Software")]
    named += [tags.iptc.get("OriginatingProgram", ""), *reversed(tags.xmp.get("stEvt:softwareAgent", []))]
    return next((_short(name) for name in named if _EDITORS.search(name)), "")


def _facts(
    tags: Tags, make: str, model: str, lens: str, taken: datetime | None, modified: datetime | None
) -> dict[str, str | float]:
    number = tags.exif.number
    exposure, aperture, focal = number("ExposureTime"), number("FNumber"), number("FocalLength")
    facts: dict[str, str | float | None] = {
        "make": _short(make),
        "model": _short(model),
        "lens": _short(lens),
        "exposure": f"{_seconds(exposure)} s" if exposure and exposure > 0 else "",
        "aperture": f"f/{aperture:.3g}" if aperture and aperture > 0 else "",
        "iso": int(number("ISOSpeedRatings") or 0),
        "focal_length": f"{focal:.3g} mm" if focal and focal > 0 else "",
        "taken": taken.isoformat(sep=" ") if taken else "",
        "modified": modified.isoformat(sep=" ") if modified else "",
        "software": _short(tags.exif.text("Software") or tags.first("xmp:CreatorTool")),
    }
    return {name: value for name, value in facts.items() if value}


def _seconds(exposure: float) -> str:
    return f"1/{round(1 / exposure)}" if exposure < 0.3 else f"{exposure:.3g}"


def _gps(tags: Tags) -> dict[str, float]:
    found = tags.exif.gps
    latitude = _degrees(found.get("Latitude"), found.get("LatitudeRef"))
    longitude = _degrees(found.get("Longitude"), found.get("LongitudeRef"))
    if latitude is None or longitude is None:
        latitude, longitude = _of_xmp(tags.first("exif:GPSLatitude")), _of_xmp(tags.first("exif:GPSLongitude"))
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:
        return {}
    return {"latitude": round(latitude, 6), "longitude": round(longitude, 6)}


def _degrees(parts: Value | None, direction: Value | None) -> float | None:
    """Degrees, minutes and seconds as one number, south and west negative."""
    if isinstance(parts, float | int):
        parts = (float(parts),)
    if not isinstance(parts, tuple) or not parts:
        return None
    value = sum(float(part) / 60.0**place for place, part in enumerate(parts[:3]))
    return -value if isinstance(direction, str) and direction[:1].upper() in ("S", "W") else value


def _of_xmp(text: str) -> float | None:
    match = _XMP_PLACE.fullmatch(text)
    if not match:
        return None
    return _degrees(tuple(float(part or 0) for part in match.groups()[:3]), match[4])


def _private(tags: Tags) -> dict[str, str]:
    """What names a person or one very device."""
    text = tags.exif.text
    found = {
        "body_serial": text("BodySerialNumber") or tags.first("aux:SerialNumber", "exifEX:BodySerialNumber"),
        "lens_serial": text("LensSerialNumber") or tags.first("aux:LensSerialNumber", "exifEX:LensSerialNumber"),
        "owner": text("CameraOwnerName") or tags.first("aux:OwnerName", "exifEX:CameraOwnerName"),
        "artist": text("Artist") or tags.first("dc:creator") or tags.iptc.get("Byline", ""),
        "copyright": text("Copyright") or tags.first("dc:rights") or tags.iptc.get("Copyright", ""),
        "image_id": text("ImageUniqueID"),
    }
    return {name: _short(value) for name, value in found.items() if value}


def _short(text: str) -> str:
    text = " ".join(clean(text).split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
