"""Roots and the trust list (SPEC.md section 7)."""

import re

from . import cbor
from .cbor import Malformed, Map, Tag
from .claims import integer, matching, seconds, sized
from .cose import ALG, KID, is_bytes, is_empty, is_integer
from .keys import CURVES, ES256, SM2, Key, curve_named
from .texts import base64url

LARGEST_LIST = 1 << 20
PERSON, ENTERPRISE, VEHICLE, STATUS_LIST = 1, 2, 3, 4


class Refused(Exception):
    """A list that is not taken in; its argument is the reason's name."""


class Roots:
    """Section 7.3, from the parsed JSON."""

    def __init__(self, json, spoken=(ES256, SM2)):
        self.spoken = spoken
        keys = [Key(curve_named(jwk["crv"]), base64url(jwk["x"]), base64url(jwk["y"]), spoken) for jwk in json["keys"] if jwk["kty"] == "EC"]
        if not all(key.is_spoken for key in keys):
            raise Malformed("a root of an algorithm that is not spoken")
        self.by_kid = {key.kid: key for key in keys}
        self.threshold = json["threshold"]
        if len(self.by_kid) != len(json["keys"]) or not 1 <= self.threshold <= len(keys):
            raise Malformed("not a set of root keys")


class TrustedKey:
    def __init__(self, entry, spoken):
        if not isinstance(entry, Map) or not entry.only(1, 2, 3, 4, 5, 6, 7, 8):
            raise Malformed("not an entry of a trust list")
        cose = entry.get(1)
        if not isinstance(cose, Map) or not cose.exactly(1, 3, -1, -2, -3) or not is_integer(cose.get(1), 2, 2) \
                or not is_integer(cose.get(-1)) or cose.get(-1) not in CURVES \
                or not is_integer(cose.get(3)) or cose.get(3) != CURVES[cose.get(-1)][0] \
                or not is_bytes(cose.get(-2), 32) or not is_bytes(cose.get(-3), 32):
            raise Malformed("not a signing key")
        self.key = Key(cose.get(-1), cose.get(-2), cose.get(-3), spoken)
        self.region = matching(entry.get(2), "[0-9A-Z]{1,4}")
        self.purpose = integer(entry.get(3), 1, 4)
        self.start = seconds(entry.get(4))
        self.until = seconds(entry.get(5))
        self.template = template(entry.get(6)) if entry.has(6) else None
        self.floor = seconds(entry.get(7)) if entry.has(7) else None
        self.withdrawn = seconds(entry.get(8)) if entry.has(8) else None
        if self.start >= self.until or (self.template is not None and self.purpose == STATUS_LIST):
            raise Malformed("a period or a template that cannot be")

    def in_force_at(self, time):
        return self.start <= time < self.until

    def status_uri(self, name):
        return None if self.template is None else self.template.replace("{list}", name)


class TrustList:
    def __init__(self, payload, spoken):
        content = cbor.read(payload, cbor.LIST_ITEMS)
        if not isinstance(content, Map) or not content.exactly(1, 4, 6, -1, -2, -3):
            raise Malformed("not a trust list")
        matching(content.get(1), "[0-9A-Z]{1,4}")
        self.expires_at = seconds(content.get(4))
        self.issued_at = seconds(content.get(6))
        self.version = integer(content.get(-1), 1, cbor.LARGEST)
        integer(content.get(-2), 1, 31622400)
        entries = content.get(-3)
        if not isinstance(entries, list) or not 1 <= len(entries) <= 4096 or self.issued_at >= self.expires_at:
            raise Malformed("not a trust list")
        self.keys = [TrustedKey(entry, spoken) for entry in entries]
        if len({key.key.point for key in self.keys}) != len(self.keys):
            raise Malformed("a key twice")
        self.payload = payload

    def candidates(self, kid):
        return [key for key in self.keys if key.key.kid == kid]


def verify_trust_list(data, roots, held):
    """Section 7.4. Gives the list, or raises Refused."""
    try:
        return _verify(data, roots, held)
    except Malformed:
        raise Refused("Malformed") from None


def _verify(data, roots, held):
    # SPEC.md step T1.
    if len(data) > LARGEST_LIST:
        raise Malformed("too large")
    item = cbor.read(data, cbor.LIST_ITEMS)
    if isinstance(item, Tag) and item.number == 18:
        raise Refused("UnexpectedType")
    if not isinstance(item, Tag) or item.number != 98 or not isinstance(item.value, list) or len(item.value) != 4:
        raise Malformed("not a COSE_Sign")
    protected, unprotected, payload, signatures = item.value
    if not is_bytes(protected) or not is_empty(unprotected) or not is_bytes(payload) \
            or not isinstance(signatures, list) or not 1 <= len(signatures) <= 16:
        raise Malformed("not the parts of a COSE_Sign")
    if protected != bytes.fromhex("a11019fdea"):
        raise Refused("UnexpectedType")

    # SPEC.md step T2, one signature after another.
    seen, verified = set(), 0
    for entry in signatures:
        sign_protected, kid, algorithm, signature = _signature(entry)
        if kid in seen:
            raise Malformed("a key that signs twice")
        seen.add(kid)
        root = roots.by_kid.get(kid)
        if root is None:
            continue
        if algorithm != root.algorithm or not root.has_signed(cbor.write(["Signature", protected, sign_protected, b"", payload]), signature):
            raise Refused("SignatureInvalid")
        verified += 1

    # SPEC.md step T3.
    if verified < roots.threshold:
        raise Refused("ThresholdNotMet")

    # SPEC.md step T4 and SPEC.md step T5.
    trust = TrustList(payload, roots.spoken)
    if held is not None and (trust.version < held.version or (trust.version == held.version and trust.payload != held.payload)):
        raise Refused("Rollback")
    return trust


def _signature(entry):
    if not isinstance(entry, list) or len(entry) != 3 or not is_bytes(entry[0]) or not is_empty(entry[1]) or not is_bytes(entry[2], 64):
        raise Malformed("not the parts of a COSE_Signature")
    header = cbor.read(entry[0])
    if not isinstance(header, Map) or not header.exactly(ALG, KID) or not is_integer(header.get(ALG)) or not is_bytes(header.get(KID), 8):
        raise Malformed("not the header of a root's signature")
    return entry[0], header.get(KID), header.get(ALG), entry[2]


def template(value):
    if re.fullmatch("[!-~]+", sized(value, 255)) is None or value.count("{list}") != 1:
        raise Malformed("not a status URI template")
    return value
