"""Another trust list in the place of the pinned one: only sound certificates of authorities are let in."""

import hashlib
import urllib.request
from pathlib import Path
from urllib.error import URLError

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from ml.trust_list import blocks

_LARGEST = 2_000_000  # bytes; the official list has 38,000
_SECONDS = 30


class TrustListRefused(ValueError):
    """This text is no trust list; the message is one sentence that says what to do."""


def fetched(source: str) -> str:
    """The text of a file, or of an https address.

    Raises:
        TrustListRefused: it cannot be had, is too large or no text.
    """
    try:
        data = _downloaded(source) if "://" in source else Path(source).read_bytes()
        if len(data) > _LARGEST:
            raise TrustListRefused(f"{source} is larger than {_LARGEST // 1_000_000} MB: no trust list is.")
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise TrustListRefused(f"{source} is no text: give the list as PEM.") from error
    except (URLError, OSError) as error:
        raise TrustListRefused(f"{source} cannot be read: {error}.") from error


def authorities(text: str) -> list[x509.Certificate]:
    """The certificates of a PEM text, each once.

    Raises:
        TrustListRefused: there is none, one is damaged, one may not sign others, or a private key lies among them.
    """
    if "PRIVATE KEY" in text:
        raise TrustListRefused("There is a private key in this text: a trust list holds certificates only.")
    found = [_authority(block, number) for number, block in enumerate(blocks(text), 1)]
    if not found or text.count("-BEGIN CERTIFICATE-") != text.count("-END CERTIFICATE-"):
        raise TrustListRefused("No certificate, or one without an end, was found: give the list as PEM.")
    return found


def changes(before: str, after: str) -> list[str]:
    """One line for each certificate that comes ("+") or goes ("-"), by subject."""
    old, new = _named(before), _named(after)
    coming = [f"+ {new[key]}" for key in new if key not in old]
    return coming + [f"- {old[key]}" for key in old if key not in new]


def install(text: str, path: Path) -> None:
    """Write a checked list, subject above each certificate; readers see the old list or the new one, never a part.

    Raises:
        TrustListRefused: whatever `authorities` raises.
    """
    lines = [f"Subject\t{_title(item)}\n{item.public_bytes(Encoding.PEM).decode()}" for item in authorities(text)]
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".part")
    beside.write_text("\n".join(lines), "utf-8")
    beside.replace(path)


def digest(text: str) -> str:
    """SHA-256 of the set of certificates, whatever their order and the text around them."""
    return hashlib.sha256("".join(sorted(_named(text))).encode()).hexdigest()


def _downloaded(address: str) -> bytes:
    if not address.startswith("https://"):
        raise TrustListRefused(f"{address} is not safe: give an https address or a file.")
    with urllib.request.urlopen(address, timeout=_SECONDS) as answer:  # noqa: S310
        if not answer.geturl().startswith("https://"):
            raise TrustListRefused(f"{address} led to an address without https: give a file instead.")
        return bytes(answer.read(_LARGEST + 1))


def _authority(block: str, number: int) -> x509.Certificate:
    try:
        found = x509.load_pem_x509_certificate(block.encode())
        may_sign = found.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        may_sign = False
    except ValueError as error:
        raise TrustListRefused(f"Certificate {number} of the list is damaged: {error}.") from error
    if not may_sign:
        raise TrustListRefused(f"{_title(found)} is no authority: a trust list names those who certify signers.")
    return found


def _named(text: str) -> dict[str, str]:
    """Subject by SHA-256 of the certificate."""
    found = [x509.load_pem_x509_certificate(block.encode()) for block in blocks(text)]
    return {hashlib.sha256(item.public_bytes(Encoding.DER)).hexdigest(): _title(item) for item in found}


def _title(certificate: x509.Certificate) -> str:
    return certificate.subject.rfc4514_string()
