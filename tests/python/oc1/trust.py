"""Roots and the trust list (SPEC.md section 7)."""

import re

from . import cbor
from .cbor import Malformed, Map, Tag
from .claims import integer, matching, seconds, sized
from .cose import ALG, KID, is_bytes, is_empty, is_integer
from .keys import CURVES, ES256, SM2, Key, curve_named
from .texts import base64url

LARGEST_LIST = 1 << 20
LARGEST_CHANGE = 16 * 1024
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
        self.version = json.get("version", 1)
        if len(self.by_kid) != len(json["keys"]) or not 1 <= self.threshold <= len(keys) <= 16 or not 1 <= self.version <= cbor.LARGEST:
            raise Malformed("not a set of root keys")


class NewRoots:
    """The set that a change of roots names (section 14)."""

    def __init__(self, payload, spoken):
        content = cbor.read(payload)
        if not isinstance(content, Map) or not content.exactly(-1, -2, -3):
            raise Malformed("not a set of roots")
        self.spoken = spoken
        self.version = integer(content.get(-1), 1, cbor.LARGEST)
        self.threshold = integer(content.get(-2), 1, 16)
        entries = content.get(-3)
        if not isinstance(entries, list) or not self.threshold <= len(entries) <= 16:
            raise Malformed("not the keys of a set of roots")
        keys = [signing_key(entry, spoken) for entry in entries]
        self.by_kid = {key.kid: key for key in keys}
        if len(self.by_kid) != len(keys) or not all(key.is_spoken for key in keys):
            raise Malformed("a root twice, or one that is not spoken")


def signing_key(cose, spoken):
    if not isinstance(cose, Map) or not cose.exactly(1, 3, -1, -2, -3) or not is_integer(cose.get(1), 2, 2) \
            or not is_integer(cose.get(-1)) or cose.get(-1) not in CURVES \
            or not is_integer(cose.get(3)) or cose.get(3) != CURVES[cose.get(-1)][0] \
            or not is_bytes(cose.get(-2), 32) or not is_bytes(cose.get(-3), 32):
        raise Malformed("not a signing key")
    return Key(cose.get(-1), cose.get(-2), cose.get(-3), spoken)


class TrustedKey:
    def __init__(self, entry, spoken):
        if not isinstance(entry, Map) or not entry.only(1, 2, 3, 4, 5, 6, 7, 8):
            raise Malformed("not an entry of a trust list")
        self.key = signing_key(entry.get(1), spoken)
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
    def __init__(self, payload, spoken, has_levels):
        content = cbor.read(payload, cbor.LIST_ITEMS)
        if not isinstance(content, Map) or not content.exactly(1, 4, 6, -1, -2, -3, *([-4] if has_levels else [])):
            raise Malformed("not a trust list")
        publisher = matching(content.get(1), "[0-9A-Z]{1,4}")
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
        self.levels = levels(content.get(-4), publisher) if has_levels else {}
        self.payload = payload

    def counts_for(self, region, level):
        """Section 7.5."""
        return level if region not in self.levels or level is None else self.levels[region][level - 1]

    def candidates(self, kid):
        return [key for key in self.keys if key.key.kid == kid]


def levels(rows, publisher):
    if not isinstance(rows, list) or not 1 <= len(rows) <= 256:
        raise Malformed("not a list of levels")
    found = {}
    for row in rows:
        if not isinstance(row, list) or len(row) != 2 or not isinstance(row[1], list) or len(row[1]) != 4:
            raise Malformed("not the levels of a region")
        region = matching(row[0], "[0-9A-Z]{1,4}")
        counts = [integer(level, 0, 4) for level in row[1]]
        if region == publisher or region in found or counts != sorted(counts):
            raise Malformed("levels that cannot be")
        found[region] = counts
    return found


def verify_trust_list(data, roots, held):
    """Section 7.4. Gives the list, or raises Refused."""
    try:
        return _verify(data, roots, held)
    except Malformed:
        raise Refused("Malformed") from None


def verify_root_change(data, held):
    """Section 14. Gives the new roots, or raises Refused."""
    try:
        return _verify_change(data, held)
    except Malformed:
        raise Refused("Malformed") from None


def _verify_change(data, held):
    if len(data) > LARGEST_CHANGE:
        raise Malformed("too large")
    protected, payload, signatures = _parts(cbor.read(data))
    if protected != bytes.fromhex("a11019fdec"):
        raise Refused("UnexpectedType")
    if _count(protected, payload, signatures, held) < held.threshold:
        raise Refused("ThresholdNotMet")
    roots = NewRoots(payload, held.spoken)
    if _count(protected, payload, signatures, roots) < roots.threshold:
        raise Refused("ThresholdNotMet")
    if roots.version <= held.version:
        raise Refused("Rollback")
    return roots


def _verify(data, roots, held):
    # SPEC.md step T1.
    if len(data) > LARGEST_LIST:
        raise Malformed("too large")
    item = cbor.read(data, cbor.LIST_ITEMS)
    if isinstance(item, Tag) and item.number == 18:
        raise Refused("UnexpectedType")
    protected, payload, signatures = _parts(item)
    if protected not in (bytes.fromhex("a11019fdea"), bytes.fromhex("a11019fded")):
        raise Refused("UnexpectedType")

    # SPEC.md step T2, one signature after another.
    verified = _count(protected, payload, signatures, roots)

    # SPEC.md step T3.
    if verified < roots.threshold:
        raise Refused("ThresholdNotMet")

    # SPEC.md step T4 and SPEC.md step T5.
    trust = TrustList(payload, roots.spoken, protected == bytes.fromhex("a11019fded"))
    if held is not None and (trust.version < held.version or (trust.version == held.version and trust.payload != held.payload)):
        raise Refused("Rollback")
    return trust


def _parts(item):
    if not isinstance(item, Tag) or item.number != 98 or not isinstance(item.value, list) or len(item.value) != 4:
        raise Malformed("not a COSE_Sign")
    protected, unprotected, payload, signatures = item.value
    if not is_bytes(protected) or not is_empty(unprotected) or not is_bytes(payload) \
            or not isinstance(signatures, list) or not 1 <= len(signatures) <= 16:
        raise Malformed("not the parts of a COSE_Sign")
    return protected, payload, signatures


def _count(protected, payload, signatures, roots):
    """How many of the roots signed."""
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
    return verified


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
