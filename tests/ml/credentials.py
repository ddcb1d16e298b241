"""Content Credentials made on the spot: an authority, a signer that it certifies, and pictures signed by it."""

import datetime
import io
from typing import NamedTuple

import c2pa
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from tests.ml.making import as_bytes
from tests.pictures import picture

SOURCE = "http://cv.iptc.org/newscodes/digitalsourcetype/"
_USAGES = (
    "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
    "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
)  # fmt: skip


class Authority(NamedTuple):
    """A certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(Encoding.PEM).decode()

    @property
    def private(self) -> str:
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def authority(name: str = "Example Authority") -> Authority:
    key, subject = ec.generate_private_key(ec.SECP256R1()), _name(name, "Root")
    return Authority(_certificate(subject, key, subject, key, may_sign=True), key)


def issued(by: Authority, organisation: str, ocsp: str = "") -> Authority:
    """A certificate that may sign pictures and no other certificate."""
    key, subject = ec.generate_private_key(ec.SECP256R1()), _name(organisation, "Camera 7")
    return Authority(_certificate(subject, key, by.certificate.subject, by.key, may_sign=False, ocsp=ocsp), key)


def signer(by: Authority, organisation: str = "Example Press", ocsp: str = "") -> c2pa.Signer:
    own = issued(by, organisation, ocsp)
    chain = (own.pem + by.pem).encode()
    return c2pa.Signer.from_info(c2pa.C2paSignerInfo(c2pa.C2paSigningAlg.ES256, chain, own.private.encode(), None))


def action(code: str, source: str = "", agent: str = "", part: str = "") -> dict:
    found = {"action": f"c2pa.{code}"} | ({"parameters": {"ingredientIds": [part]}} if part else {})
    if source:
        found["digitalSourceType"] = SOURCE + source
    return found | ({"softwareAgent": {"name": agent}} if agent else {})


def signed(
    by: c2pa.Signer, *actions: dict, on: bytes = b"", mime: str = "image/jpeg", remote: str = "", **parts
) -> bytes:
    """A picture with a manifest of these actions; `on` is the picture before, whose manifest becomes its history.

    `parts` are pictures placed in it, by name; `remote` leaves the manifest out and names its address instead.
    """
    builder = c2pa.Builder(_manifest(actions), context=_context())
    if on:
        builder.set_intent(c2pa.C2paBuilderIntent.EDIT)
    for name, data in parts.items():
        builder.add_ingredient({"title": name, "label": name, "relationship": "componentOf"}, mime, io.BytesIO(data))
    if remote:
        builder.set_no_embed()
        builder.set_remote_url(remote)
    stream = io.BytesIO()
    builder.sign(by, mime, io.BytesIO(on or as_bytes(picture(64, 48, 1), mime.partition("/")[2].upper())), stream)
    return stream.getvalue()


def _manifest(actions: tuple[dict, ...]) -> dict:
    assertions = [{"label": "c2pa.actions", "data": {"actions": list(actions)}}] if actions else []
    return {
        "claim_generator_info": [{"name": "Example Program", "version": "3.1"}],
        "title": "picture.jpg",
        "assertions": assertions,
    }


def _context() -> c2pa.Context:
    return c2pa.Context.from_dict(
        {
            "version": 1,
            "verify": {"verify_after_sign": False, "remote_manifest_fetch": False},
            "builder": {"thumbnail": {"enabled": False}},
        }
    )


def _name(organisation: str, name: str) -> x509.Name:
    attributes = ((NameOID.ORGANIZATION_NAME, organisation), (NameOID.COMMON_NAME, name))
    return x509.Name([x509.NameAttribute(kind, value) for kind, value in attributes])


def _certificate(subject, key, issuer, issuer_key, *, may_sign: bool, ocsp: str = "") -> x509.Certificate:
    now, day = datetime.datetime.now(datetime.UTC), datetime.timedelta(days=1)
    allowed = {"key_cert_sign", "crl_sign"} if may_sign else {"digital_signature"}
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - day)
        .not_valid_after(now + 30 * day)
        .add_extension(x509.BasicConstraints(may_sign, None), critical=True)
        .add_extension(x509.KeyUsage(**{usage: usage in allowed for usage in _USAGES}), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    if not may_sign:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
    if ocsp:
        where = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(ocsp))
        builder = builder.add_extension(x509.AuthorityInformationAccess([where]), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())
