"""Every sentence that Python says to people is marked: refusals, messages, notices, labels, choices, columns."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

ROOT = settings.BASE_DIR
APPS = ("accounts", "desk", "detector", "fakedetect_site", "learning", "notices", "overview", "privacy")
# Answered to programs alone, in English, or kept for them in rows.
FOR_PROGRAMS = re.compile(r"(^|_)(api|shapes|urls|schema|settings|examples)(_|$)|^batch_|^batches$")
ONLY_THE_API = {
    "conditional",
    "direct",
    "direct_store",
    "fetching",
    "handing_in",
    "once",
    "parsers",
    "particulars",
    "sparse",
    "unpacking",
}
MARKS = {
    "_", "N_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy",
    "npgettext", "say", "say_many",
}  # fmt: skip
SAID = {  # function: which argument people read
    "Refused": 1, "ValidationError": 0, "BadAddress": 0, "add_error": 1, "message_user": 1,
    "success": 1, "info": 1, "warning": 1, "error": 1,
}  # fmt: skip
OF_MESSAGES = {"success", "info", "warning", "error"}  # which loggers have too
READ = {"label", "help_text", "empty_label", "error_messages"}
WORD = re.compile(r"[^\W\d_]{2,}")


def sources() -> Iterator[Path]:
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            inner = {"migrations", "management"} & set(path.parts)
            if not (inner or FOR_PROGRAMS.search(path.stem) or path.stem in ONLY_THE_API):
                yield path


def called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def unmarked(code: str) -> set[str]:
    return {text for node in ast.walk(ast.parse(code)) for said in spoken(node) for text in bare(said)}


def spoken(node: ast.AST) -> Iterator[ast.expr]:
    """What people will read of a call, or of the choices of a model."""
    if isinstance(node, ast.Call):
        yield from _of_call(node)
    elif isinstance(node, ast.ClassDef) and any(getattr(base, "attr", "") == "TextChoices" for base in node.bases):
        values = [line.value for line in node.body if isinstance(line, ast.Assign)]
        yield from (value.elts[1] for value in values if isinstance(value, ast.Tuple))


def _of_call(node: ast.Call) -> Iterator[ast.expr]:
    name = called(node)
    place = SAID.get(name)
    of_messages = name not in OF_MESSAGES or ast.unparse(node.func).startswith("messages.")
    if place is not None and of_messages and len(node.args) > place:
        yield node.args[place]
    for keyword in node.keywords:
        of_admin = keyword.arg == "description" and name in ("display", "action")
        if keyword.arg in READ or of_admin or (keyword.arg == "text" and name == "tell"):
            yield keyword.value


def bare(said: ast.expr) -> Iterator[str]:
    """Words that stand there unmarked; what another function makes is marked where it is made."""
    if isinstance(said, ast.Constant | ast.JoinedStr):
        yield from _words(said)
    elif isinstance(said, ast.IfExp):
        yield from (*bare(said.body), *bare(said.orelse))
    elif isinstance(said, ast.BinOp):
        yield from bare(said.left)
        if isinstance(said.op, ast.Add):
            yield from bare(said.right)
    elif isinstance(said, ast.Dict):
        yield from (text for value in said.values for text in bare(value))
    elif isinstance(said, ast.Call) and called(said) == "format" and isinstance(said.func, ast.Attribute):
        yield from bare(said.func.value)


def _words(said: ast.Constant | ast.JoinedStr) -> Iterator[str]:
    parts = said.values if isinstance(said, ast.JoinedStr) else [said]
    texts = [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]
    if any(map(WORD.search, texts)):
        yield ast.unparse(said)


def put_together(code: str) -> set[str]:
    """Marked, but made at run time, so that no catalogue can hold it."""
    calls = (node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call) and called(node) in MARKS)
    return {ast.unparse(call) for call in calls if any(isinstance(one, ast.JoinedStr) for one in call.args)}


def shadowed(code: str) -> set[str]:
    """Functions that call the mark `_` and name something else so."""
    functions = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.FunctionDef)]
    return {one.name for one in functions if _names(one, ast.Load) and _names(one, ast.Store)}


def _names(function: ast.FunctionDef, context: type[ast.expr_context]) -> bool:
    own = [part for line in function.body for part in ast.walk(line)]
    inner = {name for part in own if isinstance(part, ast.comprehension) for name in ast.walk(part.target)}
    return any(isinstance(one, ast.Name) and one.id == "_" and isinstance(one.ctx, context) for one in {*own} - inner)


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", list(sources()), ids=named)
def test_every_sentence_for_people_is_marked(path):
    code = path.read_text()
    assert unmarked(code) == set()
    assert put_together(code) == set()
    assert shadowed(code) == set()


def test_a_sentence_that_is_not_marked_is_found():
    assert unmarked(
        """
messages.success(request, "Saved.")
messages.info(request, _("One") if one else f"{count} others")
log.error("For whoever runs the site")
raise Refused("code", "No." + _("Yes."))
raise Refused("code", "At most {most}.".format(most=5))
raise Refused("code", _("At most %(most)s.") % {"most": five("times")})
field = CharField(label="Name", help_text=_("Marked"), error_messages={"required": "Needed."}, name="no label")
@admin.display(description="Column")
def column(): ...
tell(person, kind="a kind", text=say("Marked {too}", too=1))
tell(person, text=f"{name} came")
class State(models.TextChoices):
    ONE, TWO = 1, 2
    OPEN = "open", "Still open"
    DONE = "done", _("Done")
"""
    ) == {
        "'Saved.'", "f'{count} others'", "'No.'", "'At most {most}.'", "'Name'", "'Needed.'", "'Column'",
        "f'{name} came'", "'Still open'",
    }  # fmt: skip
    assert put_together('_(f"{count} images"); _("images")') == {"_(f'{count} images')"}
    assert shadowed("""
def one(pairs): first, _ = pairs; return _("Said")
def two(pairs): return _("Said"), [pair for pair, _ in pairs]
""") == {"one"}
