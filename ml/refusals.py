"""Why bytes are refused: a code for a machine and one sentence for a person, the same whichever process found it."""

from ml.sentences import Sentence, say


class InvalidImage(ValueError):
    """These bytes are refused: `code` for a machine, `detail` one sentence for a person."""

    def __init__(self, code: str, detail: Sentence) -> None:
        super().__init__(detail)
        self.code, self.detail = code, detail


def empty() -> InvalidImage:
    return InvalidImage("empty_file", say("The file is empty."))


def too_large(most: int) -> InvalidImage:
    """More bytes than `most`."""
    return InvalidImage("file_too_large", say("The file is larger than {megabytes:g} MB.", megabytes=most / 1e6))


def too_many_pixels(megapixels: float | None, most: int) -> InvalidImage:
    """None: so many that nobody counted."""
    return InvalidImage(
        "too_many_pixels",
        say(
            "The image has {megapixels:.0f} megapixels; at most {limit:g} are decoded.",
            megapixels=say("far too many") if megapixels is None else megapixels,
            limit=most / 1e6,
        ),
    )


def too_many_frames(frames: int, most: int) -> InvalidImage:
    many = say("The image has {frames} frames; at most {limit} are read.", frames=frames, limit=most)
    return InvalidImage("too_many_frames", many)


def polyglot(form: str, foreign: str) -> InvalidImage:
    both = say("This file is a {format} image and a {foreign} at once.", format=form, foreign=foreign)
    return InvalidImage("polyglot", both)


def truncated() -> InvalidImage:
    early = say("The image is cut off: its data ends too early. Was it copied whole?")
    return InvalidImage("truncated", early)


def damaged() -> InvalidImage:
    return InvalidImage("unreadable", say("The image is damaged and cannot be decoded."))


def unsafe() -> InvalidImage:
    """What brings a decoder down, or takes more than it may have; to a program as unreadable as a damaged one."""
    return InvalidImage("unreadable", say("The image cannot be decoded safely."))
