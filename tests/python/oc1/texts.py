"""From what was scanned to bytes (SPEC.md section 2)."""

import re

from .cbor import Malformed

LONGEST = 8192
BASE45 = {letter: value for value, letter in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")}
BASE64URL = {
    letter: value
    for value, letter in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
}
PRINT_TEXT = re.compile(r"(https?)://([a-z0-9][a-z0-9.-]{0,252})(?::[0-9]{1,5})?/c#([A-Za-z0-9_-]*)")


def decode(text):
    if len(text) > LONGEST:
        raise Malformed("too long")
    if text.startswith("OC1:"):
        return base45(text[4:])
    # fullmatch: "$" would let a line end through.
    printed = PRINT_TEXT.fullmatch(text)
    if printed is None or (printed[1] == "http") != (printed[2] == "localhost"):
        raise Malformed("neither a code text nor a print text")
    return base64url(printed[3])


def base45(text):
    if len(text) % 3 == 1:
        raise Malformed("Base45 of an impossible length")
    try:
        values = [BASE45[letter] for letter in text]
    except KeyError:
        raise Malformed("a character outside Base45") from None
    decoded = bytearray()
    for i in range(0, len(values), 3):
        group = values[i:i + 3]
        size = len(group) - 1
        number = sum(value * 45**place for place, value in enumerate(group))
        if number >> (8 * size):
            raise Malformed("a Base45 group too large")
        decoded += number.to_bytes(size, "big")
    return bytes(decoded)


def base64url(text):
    if len(text) % 4 == 1:
        raise Malformed("base64url of an impossible length")
    bits = 0
    for letter in text:
        if letter not in BASE64URL:
            raise Malformed("a character outside base64url")
        bits = bits << 6 | BASE64URL[letter]
    unused = 6 * len(text) % 8
    if bits & ((1 << unused) - 1):
        raise Malformed("unused bits that are not zero")
    return (bits >> unused).to_bytes(6 * len(text) // 8, "big")
