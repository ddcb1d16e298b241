"""Rows for bench/history.py: uploads with verdicts, evidence, decisions, tags, notes and a case, made by SQL."""

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC

from django.db import connection
from django.db.models.functions import TruncDate

from accounts.models import User
from detector import paging, shown
from detector.models import Case, CaseMember, ModelVersion, Tag, Upload
from detector.paging import PAGE_SIZE
from overview.counting import COUNTS
from overview.models import PersonDay

_ID = {  # of the n-th row
    "postgresql": "md5(n::text)::uuid",
    "sqlite": "printf('%032x', n)",
}
_SHA = {
    "postgresql": "encode(sha256(n::text::bytea), 'hex')",
    "sqlite": "printf('%08x', (n * 2654435761) % 4294967296) || printf('%056x', n)",
}
# Two hundred of the last five days, whatever their number; the others as far back as twelve years.
_AGE = "(CASE WHEN {count} - n < 200 THEN ({count} - n) * 2000 ELSE 700000 + ({count} - n) * (400000000 / {count}) END)"
_AT = {
    "postgresql": f"now() - interval '1 second' * {_AGE}",
    "sqlite": f"strftime('%Y-%m-%d %H:%M:%f', 'now', '-' || {_AGE} || ' seconds')",
}
_RARE = "n % ({count} / 40) = {at}"  # forty rows, however many there are
_STATEMENTS = (
    "INSERT INTO detector_original (sha256, format, mime, extension, bytes, width, height, created_at)"
    " SELECT {sha}, 'JPEG', 'image/jpeg', 'jpg', 100000 + n, 4000, 3000, {at} FROM numbers",
    "INSERT INTO detector_upload (id, owner_id, original_id, name, note, tag_words, external_id, shown_label,"
    " shown_state, shown_model_id, created_at) SELECT {id},"
    " CASE WHEN {rare_11} THEN {newcomer} WHEN n % 20 = 9 THEN {other} ELSE {owner} END, {sha},"
    " CASE WHEN {rare_3} THEN 'lighthouse ' || n || '.jpg' ELSE 'IMG_' || n || '.jpg' END,"
    " CASE WHEN {rare_4} THEN 'From grandmother, box ' || n ELSE '' END,"
    " CASE WHEN {rare_5} THEN 'half' || chr(10) || 'rare' WHEN n % 2 = 1 THEN 'half' ELSE '' END,"
    " CASE WHEN n % 3 = 0 THEN 'booking-' || n ELSE '' END, '', 'queued', NULL, {at} FROM numbers",
    "INSERT INTO detector_analysis (upload_id, model_id, state, attempts, created_at, finished_at, shown_since, label,"
    " fake_probability, probabilities, reasons, own, error_code, error_detail, ledger_state, ledger_attempts, parts)"
    " SELECT {id}, CASE WHEN n * 10 < {count} * 3 THEN {old} ELSE {new} END,"
    " CASE WHEN {rare_6} THEN 'failed' ELSE 'done' END, 1, {at}, {at}, {at},"
    " CASE WHEN {rare_6} THEN '' WHEN {rare_7} THEN 'manipulated' WHEN n % 12 = 0 THEN 'inconclusive'"
    " WHEN n % 5 = 0 THEN 'ai_generated' ELSE 'authentic' END, 0.4,"
    " '{probabilities}', '[\"The model says so.\"]', '{empty}', '', '', 'done', 1, '{empty}' FROM numbers",
    "INSERT INTO detector_finding (analysis_id, position, signal, stance, summary, details, picture, parts)"
    " SELECT a.id, k.n, 'stability', 'silent', 'The verdict held.', '{empty}', '', '{empty}'"
    " FROM detector_analysis a CROSS JOIN (SELECT n FROM numbers WHERE n <= 2) k",
    "INSERT INTO detector_review (upload_id, reviewer_id, decision, occasion, note, tags, machine_label,"
    " machine_version, created_at, effective_at, settled_at) SELECT {id}, {moderator}, 'authentic', 'queue', '', '[]',"
    " 'authentic', 'new', {at}, {at}, {at} FROM numbers WHERE n % 100 = 1",
    "INSERT INTO detector_tagging (tag_id, upload_id, created_at) SELECT {half}, id, created_at FROM detector_upload"
    " WHERE tag_words <> '' AND owner_id = {owner}",
    "INSERT INTO detector_tagging (tag_id, upload_id, created_at) SELECT {rare}, id, created_at FROM detector_upload"
    " WHERE tag_words LIKE '%rare' AND owner_id = {owner}",
    "INSERT INTO detector_tagging (tag_id, upload_id, created_at) SELECT {oldest}, {id}, {at} FROM numbers"
    " WHERE n * 10 < {count} AND n % 20 <> 9",
    "INSERT INTO detector_caseupload (case_id, upload_id, added_by_id, added_at) SELECT {case}, {id}, {owner}, {at}"
    " FROM numbers WHERE n % ({count} / 500) = 0",
)


def fill(count: int) -> tuple[dict[str, str], str]:
    """The rows; what the addresses of the lists need to know of them, and how long it took to fill."""
    start = time.perf_counter()
    owner = User.objects.create_user("owner", password="x")
    newcomer, other = (User.objects.create_user(name, password="x") for name in ("newcomer", "other"))
    moderator = User.objects.create_user("moderator", password="x", role="moderator", is_staff=True)
    models = [ModelVersion.objects.create(version=name, sha256="0" * 64, folder=name) for name in ("old", "new")]
    tags = [Tag.objects.create(owner=owner, name=name, key=name) for name in ("half", "rare", "old")]
    case = Case.objects.create(title="Five hundred")
    CaseMember.objects.create(case=case, user=owner, role="owner")
    ids: dict[str, object] = {one.username: one.pk for one in (owner, newcomer, other, moderator)}
    ids |= {"old": models[0].pk, "new": models[1].pk}
    ids |= {"half": tags[0].pk, "rare": tags[1].pk, "oldest": tags[2].pk, "case": f"'{_key(case.pk)}'"}
    with _without_indexes("detector_upload"):
        _insert(count, ids)
        begun = time.perf_counter()
        shown.refresh(connection)
        outcomes = time.perf_counter() - begun
    _count_days()
    _settle()
    told = f"filled in {time.perf_counter() - start:.0f} s, of which {outcomes:.0f} s for the outcomes of all"
    return _known(count, owner, case), told


@contextmanager
def _without_indexes(table: str) -> Iterator[None]:
    """Filling goes many times faster; on SQLite it goes as it goes."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s AND indexdef NOT LIKE 'CREATE UNIQUE%%'",
            [table],
        )
        found = cursor.fetchall()
        for name, _ in found:
            cursor.execute(f'DROP INDEX "{name}"')
        yield
        for _, definition in found:
            cursor.execute(definition)


def _count_days() -> None:
    """What the dashboard reads, as its round leaves it."""
    for row in Upload.objects.values("owner", day=TruncDate("created_at", tzinfo=UTC)).annotate(**COUNTS).order_by():
        PersonDay.objects.create(owner_id=row.pop("owner"), **row)


def _key(pk: uuid.UUID) -> str:
    return str(pk) if connection.vendor == "postgresql" else pk.hex


def _insert(count: int, ids: dict[str, object]) -> None:
    vendor = connection.vendor
    shown.remove(connection)
    parts = {"id": _ID[vendor], "sha": _SHA[vendor], "at": _AT[vendor].format(count=count), "count": count}
    parts |= {"empty": "{}", "probabilities": '{"authentic": 0.6}'}
    parts |= {f"rare_{place}": _RARE.format(count=count, at=place) for place in (3, 4, 5, 6, 7, 11)}
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE numbers (n integer PRIMARY KEY)")
        cursor.execute(
            "INSERT INTO numbers WITH RECURSIVE up(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM up WHERE n < %s)"
            " SELECT n FROM up",
            [count],
        )
        for statement in _STATEMENTS:
            text = statement.format(**parts, **ids)
            cursor.execute(text if vendor == "postgresql" else text.replace("chr(10)", "char(10)"))
    shown.install(connection)


def _settle() -> None:
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


def _known(count: int, owner: User, case: Case) -> dict[str, str]:
    rows = Upload.objects.filter(owner=owner).order_by("created_at")
    row, deep, end = rows[count // 3], rows[count // 2], rows[PAGE_SIZE + 6]
    days = {"from": end.created_at.date().isoformat(), "until": deep.created_at.date().isoformat()}
    known = {"deep": paging._key("b", deep), "end": paging._key("b", end), "case": str(case.pk)}
    people = "owner newcomer moderator"
    return known | days | {"id": str(row.pk), "sha256": row.original_id[:12], "people": people}
