"""COSE_Sign1 (SPEC.md sections 3 and 6, steps 2 and 3)."""

from . import cbor
from .cbor import Malformed, Map, Tag

ALG, KID, KCWT, TYP = 1, 4, 13, 16
CREDENTIAL, TRUST_LIST, PRESENTATION = 65001, 65002, 294


class Sign1:
    def __init__(self, protected, payload, signature):
        self.protected = protected
        self.payload = payload
        self.signature = signature
        self.header = cbor.read(protected)
        if not isinstance(self.header, Map):
            raise Malformed("a header that is no map")

    def to_be_signed(self):
        return cbor.write(["Signature1", self.protected, b"", self.payload])


def sign1(item):
    """An item that must be a tagged COSE_Sign1."""
    if not isinstance(item, Tag) or item.number != 18 or not isinstance(item.value, list) or len(item.value) != 4:
        raise Malformed("not a tagged COSE_Sign1")
    protected, unprotected, payload, signature = item.value
    if not is_bytes(protected) or not is_empty(unprotected) or not is_bytes(payload) or not is_bytes(signature, 64):
        raise Malformed("not the parts of a COSE_Sign1")
    return Sign1(protected, payload, signature)


def is_bytes(value, size=None):
    return isinstance(value, bytes) and size in (None, len(value))


def is_empty(value):
    return isinstance(value, Map) and len(value) == 0


def is_integer(value, least=-cbor.LARGEST, most=cbor.LARGEST):
    # A bool is an int to Python and to nobody else.
    return type(value) is int and least <= value <= most
