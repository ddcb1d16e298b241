"""How the file is built: which encoder's tables, which chunks, and what follows the picture's end.

Facts for whoever can read them. They change with every saving and prove nothing alone, so the stance is silent.
"""

from ml.evidence import chunk_build, jpeg_build, trailing
from ml.evidence.subject import NotApplicable, Subject
from ml.findings import Finding
from ml.sentences import say

SIGNAL = "structure"
_BUILDERS = {
    "JPEG": jpeg_build.build,
    "PNG": chunk_build.png,
    "WEBP": chunk_build.webp,
    "HEIF": chunk_build.heif,
    "AVIF": chunk_build.heif,
    "GIF": chunk_build.gif,
}


def examine(subject: Subject) -> list[Finding]:
    """One finding, always silent.

    Raises:
        NotApplicable: nothing is known of how files of this format differ.
    """
    build = _BUILDERS.get(subject.facts.format)
    if build is None:
        unknown = say("How a {format} file is built tells nothing that this check knows.", format=subject.facts.format)
        raise NotApplicable(unknown)
    words, details = build(subject.data)
    after = trailing.parts(subject.data, subject.facts.format)
    if subject.facts.jpeg_quality:
        details["quality"] = subject.facts.jpeg_quality
    if after:
        details["after_the_end"] = [{"what": part.name, "bytes": part.size} for part in after]
    summary = say("The file is {built}{following}.", built=words, following=_following(after))
    return [Finding(SIGNAL, "silent", summary, details)]


def _following(after: list[trailing.Part]) -> str:
    """The most telling piece in words; padding is none."""
    named = sorted((part for part in after if part.name != "padding"), key=lambda part: part.name != trailing.UNKNOWN)
    if not named:
        return ""
    return say(
        "; behind the picture's end stands {part} of {bytes:,} bytes",
        part=trailing.WORDS[named[0].name], bytes=named[0].size,
    )  # fmt: skip
