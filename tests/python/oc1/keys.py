"""Keys and signatures (SPEC.md sections 7.1 and 12.3). P-256's arithmetic is OpenSSL's, the ranges are checked here; SM2 is in sm2.py."""

import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from . import cbor, sm2
from .cbor import Malformed

ES256 = -7
SM2 = -65539
# A row of 12.3: the curve's number and name, its prime and its b. Both have a = -3 and a prime that is 3 modulo 4.
CURVES = {
    1: (ES256, "P-256", 2**256 - 2**224 + 2**192 + 2**96 - 1, 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B),
    -65539: (SM2, "SM2", sm2.P, sm2.B),
}
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


class Key:
    """A point of its curve, checked when made; or, of an algorithm that this verifier does not speak, a name and nothing more."""

    def __init__(self, curve, x, y, spoken=(ES256, SM2)):
        if len(x) != 32 or len(y) != 32:
            raise Malformed("not two coordinates")
        self.algorithm, _, prime, b = CURVES[curve]
        self.is_spoken = self.algorithm in spoken
        if self.is_spoken and (max(number(x), number(y)) >= prime or (number(y) ** 2 - _right(number(x), b)) % prime):
            raise Malformed("not a point of the curve")
        self.x, self.y = x, y
        self.point = (curve, x + y)
        # SHA-256 over the deterministic CBOR of {1: 2, -1: curve, -2: x, -3: y}.
        thumbprint = b"\xa4" + b"".join(cbor.write(part) for part in (1, 2, -1, curve, -2, x, -3, y))
        self.kid = hashlib.sha256(thumbprint).digest()[:8]

    def has_signed(self, signed, signature):
        if self.algorithm == SM2:
            return sm2.has_signed(self.x, self.y, signed, signature)
        r, s = number(signature[:32]), number(signature[32:])
        if not (0 < r < N and 0 < s < N):
            return False
        try:
            key = ec.EllipticCurvePublicNumbers(number(self.x), number(self.y), ec.SECP256R1()).public_key()
            key.verify(encode_dss_signature(r, s), signed, ec.ECDSA(hashes.SHA256()))
            return True
        except InvalidSignature:
            return False


def curve_named(name):
    """The curve of a JWK; Malformed when there is none of that name."""
    for curve, (_, named, _, _) in CURVES.items():
        if named == name:
            return curve
    raise Malformed("a curve of another name")


def decompress(curve, x, y_is_odd):
    """The device key of a credential; Malformed when no point has this x."""
    _, _, prime, b = CURVES[curve]
    if number(x) >= prime:
        raise Malformed("x beyond the field")
    right = _right(number(x), b) % prime
    y = pow(right, (prime + 1) // 4, prime)
    if y * y % prime != right:
        raise Malformed("no point has this x")
    return Key(curve, x, (y if y % 2 == y_is_odd else prime - y).to_bytes(32, "big"))


def number(data):
    return int.from_bytes(data, "big")


def _right(x, b):
    return x**3 - 3 * x + b
