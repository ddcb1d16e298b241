"""The search of the history: words in file names, one's own notes and tags, the beginning of a digest, an id.

PostgreSQL finds parts of words by trigrams, which need three letters; fewer find what begins with them.
"""

import re
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.roles import Someone, is_account
from detector.models import Upload

LONGEST = 200
_MOST_WORDS = 8
_DIGEST = re.compile(r"[0-9a-f]{8,64}", re.IGNORECASE | re.ASCII)


def found(rows: QuerySet[Upload], text: str, reader: Someone | None) -> QuerySet[Upload]:
    """What has every word of the text somewhere; or that id. Notes and tags are searched in the reader's own alone."""
    if pk := _id(text):
        return rows.filter(pk=pk)
    for word in text.split()[:_MOST_WORDS]:
        rows = rows.filter(_anywhere(word, reader))
    return rows


def part_of(column: str, text: str) -> Q:
    return Q(**{f"{column}__{'icontains' if len(text) >= 3 else 'istartswith'}": text})


def _anywhere(word: str, reader: Someone | None) -> Q:
    places = part_of("name", word)
    if reader is not None and is_account(reader):
        places |= Q(owner=reader.pk) & (part_of("note", word) | part_of("tag_words", word))
    if _DIGEST.fullmatch(word):
        places |= Q(original__sha256__startswith=word.lower())
    return places


def _id(text: str) -> UUID | None:
    try:
        return UUID(text.strip()) if "-" in text else None
    except ValueError:
        return None
