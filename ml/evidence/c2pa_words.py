"""The codes of the C2PA standard in words (C2PA Technical Specification 2.2; IPTC Digital Source Type NewsCodes)."""

# What was done, as a past participle.
_ACTIONS = {
    "c2pa.addedText": "text added",
    "c2pa.adjustedColor": "colours adjusted",
    "c2pa.changedSpeed": "speed changed",
    "c2pa.color_adjustments": "colours adjusted",
    "c2pa.converted": "converted to another format",
    "c2pa.created": "created",
    "c2pa.cropped": "cropped",
    "c2pa.deleted": "parts deleted",
    "c2pa.drawing": "drawn upon",
    "c2pa.dubbed": "sound replaced",
    "c2pa.edited": "edited",
    "c2pa.edited.metadata": "metadata edited",
    "c2pa.enhanced": "enhanced",
    "c2pa.filtered": "filtered",
    "c2pa.opened": "opened for editing",
    "c2pa.orientation": "turned",
    "c2pa.placed": "another picture placed in it",
    "c2pa.published": "published",
    "c2pa.redacted": "parts of the credential redacted",
    "c2pa.removed": "a placed picture removed",
    "c2pa.repackaged": "repackaged",
    "c2pa.resized": "resized",
    "c2pa.resized.proportional": "resized",
    "c2pa.transcoded": "encoded anew",
    "c2pa.translated": "translated",
    "c2pa.trimmed": "trimmed",
    "c2pa.unknown": "changed in a way that is not told",
    "c2pa.watermarked": "watermarked",
    "c2pa.watermarked.bound": "watermarked",
    "c2pa.watermarked.unbound": "watermarked",
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
    "trainedAlgorithmicMedia": "generative AI made the picture",
    "compositeWithTrainedAlgorithmicMedia": "generative AI edited the picture",
    "compositeSynthetic": "parts of the picture were made by generative AI",
    "trainedAlgorithmicData": "generative AI made its data",
}
CAMERA_SOURCES = {
    "digitalCapture": "a camera took the picture",
    "computationalCapture": "a camera merged several exposures into the picture",
}
_OTHER_SOURCES = {
    "algorithmicMedia": "an algorithm without learning made the picture",
    "algorithmicallyEnhanced": "an algorithm altered the picture",
    "composite": "the picture is composed of several",
    "compositeCapture": "the picture is composed of several photographs",
    "dataDrivenMedia": "the picture was drawn from data",
    "digitalArt": "a person made the picture with software",
    "digitalCreation": "a person made the picture with software",
    "empty": "the picture began as an empty canvas",
    "humanEdits": "a person edited the picture",
    "minorHumanEdits": "a person retouched the picture",
    "negativeFilm": "the picture was scanned from a negative",
    "positiveFilm": "the picture was scanned from a slide",
    "print": "the picture was scanned from a print",
    "screenCapture": "the picture was captured from a screen",
    "softwareImage": "software made the picture",
    "virtualRecording": "the picture was recorded in a virtual scene",
}
SOURCES = {**AI_SOURCES, **CAMERA_SOURCES, **_OTHER_SOURCES}

_RELATIONS = {
    "parentOf": "the picture that this one was made from",
    "componentOf": "placed in the picture",
    "inputTo": "given to the program that made the picture",
}

# Why a signature that holds deserves no trust.
_DOUBTS = {
    "signingCredential.untrusted": "the signer is not on the trust list",
    "signingCredential.expired": "the signer's certificate has expired and no trusted time stamp says when it signed",
    "signingCredential.invalid": "the signer's certificate is not one for Content Credentials",
    "signingCredential.ocsp.revoked": "the signer's certificate was revoked",
    "signingCredential.ocsp.unknown": "the signer's certificate is unknown to its issuer",
    "timeStamp.untrusted": "whoever stamped the time is not on the trust list",
    "timeStamp.outsideValidity": "the time stamp's certificate was not valid then",
    "assertion.action.malformed": "it does not follow the standard in every point",
    "assertion.action.ingredientMismatch": "it does not follow the standard in every point",
}
DOUBTS = frozenset(_DOUBTS)

# What makes a credential worthless, by how the code begins; the first that fits.
_FAULTS = (
    ("assertion.dataHash.mismatch", "the file was changed after it was signed, be it only its caption"),
    ("assertion.bmffHash.mismatch", "the file was changed after it was signed, be it only its caption"),
    ("assertion.boxesHash", "the file was changed after it was signed, be it only its caption"),
    ("claimSignature.outsideValidity", "it was signed when the signer's certificate was not valid"),
    ("claimSignature", "the credential itself was altered, so its signature does not hold"),
    ("assertion.hashedURI", "a statement in it was altered after signing"),
    ("hashedURI", "a statement in it was altered after signing"),
    ("claim.hardBindings", "nothing ties it to this picture"),
    ("assertion.missing", "a part of it is missing"),
    ("claim", "a part of it is missing"),
    ("ingredient", "its record of an earlier picture does not hold"),
    ("timeStamp", "its time stamp does not hold"),
    ("algorithm", "it uses a method that is not safe or not known"),
)
UNBOUND = "claim.hardBindings.missing"
DAMAGED = "it is damaged and cannot be read"


def action_word(code: str) -> str:
    """An action in words; one that the standard does not know by its own name."""
    return _ACTIONS.get(code, code)


def relation_word(code: str) -> str:
    """What an ingredient is to the picture."""
    return _RELATIONS.get(code, "part of its history")


def doubt(code: str) -> str:
    """Why an unbroken credential is not trusted: one of DOUBTS in words."""
    return _DOUBTS[code]


def fault(code: str) -> str:
    """What is broken, in words."""
    return next((words for start, words in _FAULTS if code.startswith(start)), f"it does not hold ({code})")
