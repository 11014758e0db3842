"""Status lists (SPEC.md sections 8 and 8.1)."""

import zlib

from . import cbor
from .cbor import Malformed, Map
from .claims import integer, seconds, sized
from .cose import ALG, KID, TYP, is_bytes, is_integer, sign1
from .trust import STATUS_LIST, Refused

LARGEST_TOKEN = 512 * 1024
LARGEST_ARRAY = 262_144


class StatusList:
    def __init__(self, payload, key):
        content = cbor.read(payload)
        body = content.get(65533) if isinstance(content, Map) else None
        if not isinstance(content, Map) or not content.exactly(2, 4, 6, 65533, 65534) \
                or not isinstance(body, Map) or not (body.exactly("lst", "bits") or body.exactly("lst", "bits", "aggregation_uri")) or not is_bytes(body.get("lst")):
            raise Malformed("not a status list")
        if body.get("aggregation_uri") is not None:
            sized(body.get("aggregation_uri"), 255)
        self.uri = sized(content.get(2), 255)
        self.expires_at = seconds(content.get(4))
        self.issued_at = seconds(content.get(6))
        integer(content.get(65534), 1, 31622400)
        self.bits = integer(body.get("bits"), 1, 2)
        self.array = inflate(body.get("lst"))
        if self.issued_at >= self.expires_at:
            raise Malformed("over before it begins")
        self.size = len(self.array) * 8 // self.bits
        self.region = key.region
        self.key = key
        self.payload = payload

    def value(self, index):
        """None when the list does not reach the index."""
        if index >= self.size:
            return None
        bit = index * self.bits
        return self.array[bit // 8] >> bit % 8 & (1 << self.bits) - 1


def inflate(stream):
    """One whole zlib stream, nothing after it, and never more than the limit."""
    if len(stream) < 2 or stream[1] & 0x20:
        raise Malformed("no zlib stream, or one with a dictionary")
    inflater = zlib.decompressobj()
    try:
        array = inflater.decompress(stream, LARGEST_ARRAY + 1)
    except zlib.error:
        raise Malformed("not a zlib stream") from None
    if not inflater.eof or inflater.unused_data or not 1 <= len(array) <= LARGEST_ARRAY:
        raise Malformed("a stream that is too long, cut off, empty, or followed by something")
    return array


def verify_status_list(data, trust, held):
    """Section 8. `held(region, uri)` gives the list held. Gives the list, or raises Refused."""
    try:
        return _verify(data, trust, held)
    except Malformed:
        raise Refused("Malformed") from None


def _verify(data, trust, held):
    # SPEC.md step S1.
    if len(data) > LARGEST_TOKEN:
        raise Malformed("too large")
    message = sign1(cbor.read(data))
    header = message.header
    # SPEC.md step S2.
    if header.get(TYP) != "application/statuslist+cwt":
        raise Refused("UnexpectedType")
    if not header.exactly(ALG, KID, TYP) or not is_integer(header.get(ALG)) or not is_bytes(header.get(KID), 8):
        raise Malformed("not the header of a status list")
    # SPEC.md step S3.
    candidates = trust.candidates(header.get(KID))
    if not candidates:
        raise Refused("KeyNotInTrustList")
    key, reason = signer_of(message, candidates)
    if key is None:
        raise Refused(reason)
    # SPEC.md step S4.
    content = StatusList(message.payload, key)
    # SPEC.md step S5.
    if key.withdrawn is not None:
        raise Refused("KeyWithdrawn")
    if key.purpose != STATUS_LIST:
        raise Refused("PurposeMismatch")
    if not key.in_force_at(content.issued_at):
        raise Refused("KeyNotInForce")
    # SPEC.md step S6.
    before = held(content.region, content.uri)
    if before is not None and (content.issued_at < before.issued_at
                               or (content.issued_at == before.issued_at and content.payload != before.payload)):
        raise Refused("Rollback")
    return content


def signer_of(message, candidates):
    """Section 6, step 5: the key that signed, or None and the reason."""
    able = [key for key in candidates if key.key.algorithm == message.header.get(ALG)]
    if not able:
        return None, "AlgorithmMismatch"
    if not able[0].key.is_spoken:
        return None, "AlgorithmUnsupported"
    signed = message.to_be_signed()
    for key in able:
        if key.key.has_signed(signed, message.signature):
            return key, None
    return None, "SignatureInvalid"
