"""The codes of the C2PA standard in words (C2PA Technical Specification 2.2; IPTC Digital Source Type NewsCodes)."""

from ml.sentences import Sentence, say

# What was done, as a past participle.
_ACTIONS = {
    "c2pa.addedText": say("text added"),
    "c2pa.adjustedColor": say("colours adjusted"),
    "c2pa.changedSpeed": say("speed changed"),
    "c2pa.color_adjustments": say("colours adjusted"),
    "c2pa.converted": say("converted to another format"),
    "c2pa.created": say("created"),
    "c2pa.cropped": say("cropped"),
    "c2pa.deleted": say("parts deleted"),
    "c2pa.drawing": say("drawn upon"),
    "c2pa.dubbed": say("sound replaced"),
    "c2pa.edited": say("edited"),
    "c2pa.edited.metadata": say("metadata edited"),
    "c2pa.enhanced": say("enhanced"),
    "c2pa.filtered": say("filtered"),
    "c2pa.opened": say("opened for editing"),
    "c2pa.orientation": say("turned"),
    "c2pa.placed": say("another picture placed in it"),
    "c2pa.published": say("published"),
    "c2pa.redacted": say("parts of the credential redacted"),
    "c2pa.removed": say("a placed picture removed"),
    "c2pa.repackaged": say("repackaged"),
    "c2pa.resized": say("resized"),
    "c2pa.resized.proportional": say("resized"),
    "c2pa.transcoded": say("encoded anew"),
    "c2pa.translated": say("translated"),
    "c2pa.trimmed": say("trimmed"),
    "c2pa.unknown": say("changed in a way that is not told"),
    "c2pa.watermarked": say("watermarked"),
    "c2pa.watermarked.bound": say("watermarked"),
    "c2pa.watermarked.unbound": say("watermarked"),
}

# Those that leave what is seen in the picture as it was.
HARMLESS = frozenset(
    f"c2pa.{name}"
    for name in (
        "adjustedColor", "color_adjustments", "converted", "created", "cropped", "edited.metadata", "opened",
        "orientation", "published", "repackaged", "resized", "resized.proportional", "transcoded", "watermarked",
        "watermarked.bound", "watermarked.unbound",
    )
)  # fmt: skip

# Where a picture comes from. The first four name generative AI, the gravest first; the next two a camera.
AI_SOURCES = {
    "trainedAlgorithmicMedia": say("generative AI made the picture"),
    "compositeWithTrainedAlgorithmicMedia": say("generative AI edited the picture"),
    "compositeSynthetic": say("parts of the picture were made by generative AI"),
    "trainedAlgorithmicData": say("generative AI made its data"),
}
CAMERA_SOURCES = {
    "digitalCapture": say("a camera took the picture"),
    "computationalCapture": say("a camera merged several exposures into the picture"),
}
_OTHER_SOURCES = {
    "algorithmicMedia": say("an algorithm without learning made the picture"),
    "algorithmicallyEnhanced": say("an algorithm altered the picture"),
    "composite": say("the picture is composed of several"),
    "compositeCapture": say("the picture is composed of several photographs"),
    "dataDrivenMedia": say("the picture was drawn from data"),
    "digitalArt": say("a person made the picture with software"),
    "digitalCreation": say("a person made the picture with software"),
    "empty": say("the picture began as an empty canvas"),
    "humanEdits": say("a person edited the picture"),
    "minorHumanEdits": say("a person retouched the picture"),
    "negativeFilm": say("the picture was scanned from a negative"),
    "positiveFilm": say("the picture was scanned from a slide"),
    "print": say("the picture was scanned from a print"),
    "screenCapture": say("the picture was captured from a screen"),
    "softwareImage": say("software made the picture"),
    "virtualRecording": say("the picture was recorded in a virtual scene"),
}
SOURCES = {**AI_SOURCES, **CAMERA_SOURCES, **_OTHER_SOURCES}

_RELATIONS = {
    "parentOf": say("the picture that this one was made from"),
    "componentOf": say("placed in the picture"),
    "inputTo": say("given to the program that made the picture"),
}

# Why a signature that holds deserves no trust.
_DOUBTS = {
    "signingCredential.untrusted": say("the signer is not on the trust list"),
    "signingCredential.expired": say(
        "the signer's certificate has expired and no trusted time stamp says when it signed"
    ),
    "signingCredential.invalid": say("the signer's certificate is not one for Content Credentials"),
    "signingCredential.ocsp.revoked": say("the signer's certificate was revoked"),
    "signingCredential.ocsp.unknown": say("the signer's certificate is unknown to its issuer"),
    "timeStamp.untrusted": say("whoever stamped the time is not on the trust list"),
    "timeStamp.outsideValidity": say("the time stamp's certificate was not valid then"),
    "assertion.action.malformed": say("it does not follow the standard in every point"),
    "assertion.action.ingredientMismatch": say("it does not follow the standard in every point"),
}
DOUBTS = frozenset(_DOUBTS)

# What makes a credential worthless, by how the code begins; the first that fits.
_FAULTS = (
    ("assertion.dataHash.mismatch", say("the file was changed after it was signed, be it only its caption")),
    ("assertion.bmffHash.mismatch", say("the file was changed after it was signed, be it only its caption")),
    ("assertion.boxesHash", say("the file was changed after it was signed, be it only its caption")),
    ("claimSignature.outsideValidity", say("it was signed when the signer's certificate was not valid")),
    ("claimSignature", say("the credential itself was altered, so its signature does not hold")),
    ("assertion.hashedURI", say("a statement in it was altered after signing")),
    ("hashedURI", say("a statement in it was altered after signing")),
    ("claim.hardBindings", say("nothing ties it to this picture")),
    ("assertion.missing", say("a part of it is missing")),
    ("claim", say("a part of it is missing")),
    ("ingredient", say("its record of an earlier picture does not hold")),
    ("timeStamp", say("its time stamp does not hold")),
    ("algorithm", say("it uses a method that is not safe or not known")),
)
UNBOUND = "claim.hardBindings.missing"
DAMAGED = say("it is damaged and cannot be read")


def action_word(code: str) -> Sentence:
    """An action in words; one that the standard does not know by its own name."""
    return _ACTIONS.get(code) or Sentence.of_text(code)


def relation_word(code: str) -> Sentence:
    """What an ingredient is to the picture."""
    return _RELATIONS.get(code, say("part of its history"))


def doubt(code: str) -> Sentence:
    """Why an unbroken credential is not trusted: one of DOUBTS in words."""
    return _DOUBTS[code]


def fault(code: str) -> Sentence:
    """What is broken, in words."""
    unknown = say("it does not hold ({code})", code=code)
    return next((words for start, words in _FAULTS if code.startswith(start)), unknown)
