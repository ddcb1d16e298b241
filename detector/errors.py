"""What the services refuse, in one shape: a code for a machine, a sentence for a person, a status for HTTP."""

from ml.serve import InvalidImage

_STATUS = {
    "file_too_large": 413,
    "too_many_pixels": 413,
    "unsupported_format": 415,
    "not_an_image": 415,
    "not_found": 404,
    "not_ready": 409,
    "no_report_key": 503,
}


class Refused(Exception):
    """A request that cannot be granted."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code, self.detail = code, detail
        self.status = _STATUS.get(code, 400)


class NoModel(Exception):
    """No model is in service, or its files do not match their digests: one sentence says which."""


class PromotionRefused(Exception):
    """A model is worse than the one in service; `objections` are one sentence each."""

    def __init__(self, version: str, objections: list[str]) -> None:
        listed = " ".join(objections)
        super().__init__(
            f"Model {version} was not promoted: {listed} To let it serve all the same, force it with a reason."
        )
        self.version, self.objections = version, objections


def refused(error: InvalidImage) -> Refused:
    return Refused(error.code, error.detail)
