"""SM2 with SM3 (SPEC.md section 12.3), in plain integers from GB/T 32918: python3-cryptography has no SM2 signatures. Public numbers alone."""

import hashlib

P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
A = P - 3
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
G = (0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
     0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0)
SIGNER_ID = b"1234567812345678"


def sm3(data):
    return hashlib.new("sm3", data).digest()


def signer_digest(x, y):
    """Z: who signs, in front of what is signed."""
    curve = b"".join(value.to_bytes(32, "big") for value in (A, B, *G))
    return sm3((8 * len(SIGNER_ID)).to_bytes(2, "big") + SIGNER_ID + curve + x + y)


def has_signed(x, y, signed, signature):
    return verifies((_number(x), _number(y)), sm3(signer_digest(x, y) + signed), signature)


def verifies(point, digest, signature):
    r, s = _number(signature[:32]), _number(signature[32:])
    if len(signature) != 64 or not (0 < r < N and 0 < s < N):
        return False
    t = (r + s) % N
    if t == 0:
        return False
    found = add(multiply(s, G), multiply(t, point))
    return found is not None and (_number(digest) + found[0]) % N == r


def add(p, q):
    """Affine; None is the point at infinity."""
    if p is None or q is None:
        return q if p is None else p
    if p[0] == q[0]:
        if (p[1] + q[1]) % P == 0:
            return None
        slope = (3 * p[0] * p[0] + A) * pow(2 * p[1], -1, P)
    else:
        slope = (q[1] - p[1]) * pow(q[0] - p[0], -1, P)
    x = (slope * slope - p[0] - q[0]) % P
    return x, (slope * (p[0] - x) - p[1]) % P


def multiply(number, point):
    result = None
    for bit in bin(number)[2:]:
        result = add(result, result)
        if bit == "1":
            result = add(result, point)
    return result


def _number(data):
    return int.from_bytes(data, "big")
