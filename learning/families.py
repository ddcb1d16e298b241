"""Which pictures belong together, so that no family is divided between training and test."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from detector.models import PictureHash, Upload
from ml.grouping import Groups
from ml.serve import fingerprint


def groups(contents: Mapping[str, Sequence[Upload]]) -> dict[str, str]:
    """Digest → group: near-copies, and what one person put into one case, are one group.

    `contents` are uploads by the digest of their file. A group is called after its earliest picture, so that pictures
    which are added later do not move it to another side.
    """
    earliest = sorted(contents, key=lambda sha256: (min(one.created_at for one in contents[sha256]), sha256))
    names = {sha256: f"{place:08d}" for place, sha256 in enumerate(earliest)}
    joined = Groups()
    for family in (*_by_case(contents), *_near(earliest)):
        joined.join([names[sha256] for sha256 in family])
    return {sha256: earliest[int(joined.of(name))][:16] for sha256, name in names.items()}


def _by_case(contents: Mapping[str, Sequence[Upload]]) -> Iterable[list[str]]:
    """What one owner put into one case. The uploads come with their `case_items`."""
    found: dict[tuple[object, int], list[str]] = defaultdict(list)
    for sha256, uploads in contents.items():
        for upload in uploads:
            for item in upload.case_items.all():
                found[item.case_id, upload.owner_id].append(sha256)
    return found.values()


def _near(earliest: Sequence[str]) -> Iterable[list[str]]:
    """Each picture with its copies among the others, as the search for copies finds them."""
    rows = dict(PictureHash.objects.filter(original__in=earliest).values_list("original_id", "bits"))
    prints = [(place, bytes(bits)) for place, sha256 in enumerate(earliest) if (bits := rows.get(sha256))]
    block = fingerprint.Block.of(prints)
    for _, bits in prints:
        yield [earliest[near.id] for near in fingerprint.near([block], bits)]
