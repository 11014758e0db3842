"""P-256 keys and signatures (SPEC.md sections 3 and 7.1). The curve's arithmetic is OpenSSL's, the ranges are checked here."""

import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from .cbor import Malformed

ES256 = -7
P = 2**256 - 2**224 + 2**192 + 2**96 - 1
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B


class Key:
    """A point of P-256, checked when made."""

    algorithm = ES256

    def __init__(self, x, y):
        if len(x) != 32 or len(y) != 32:
            raise Malformed("not two coordinates")
        if max(number(x), number(y)) >= P or (number(y) ** 2 - _right(number(x))) % P:
            raise Malformed("not a point of the curve")
        self.point = x + y
        # SHA-256 over the deterministic CBOR of {1: 2, -1: 1, -2: x, -3: y}.
        thumbprint = bytes.fromhex("a401022001215820") + x + bytes.fromhex("225820") + y
        self.kid = hashlib.sha256(thumbprint).digest()[:8]
        self._key = ec.EllipticCurvePublicNumbers(number(x), number(y), ec.SECP256R1()).public_key()

    def has_signed(self, signed, signature):
        r, s = number(signature[:32]), number(signature[32:])
        if not (0 < r < N and 0 < s < N):
            return False
        try:
            self._key.verify(encode_dss_signature(r, s), signed, ec.ECDSA(hashes.SHA256()))
            return True
        except InvalidSignature:
            return False


def decompress(x, y_is_odd):
    """The device key of a credential; Malformed when no point has this x."""
    if number(x) >= P:
        raise Malformed("x beyond the field")
    right = _right(number(x))
    y = pow(right, (P + 1) // 4, P)
    if y * y % P != right:
        raise Malformed("no point has this x")
    return Key(x, (y if y % 2 == y_is_odd else P - y).to_bytes(32, "big"))


def number(data):
    return int.from_bytes(data, "big")


def _right(x):
    return (x**3 - 3 * x + B) % P
