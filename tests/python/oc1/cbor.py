"""Deterministic CBOR, and less than that (SPEC.md section 1)."""

LARGEST = 2**53 - 1
DEPTH = 8
CODE_ITEMS = 512
LIST_ITEMS = 200_000


class Malformed(Exception):
    """The bytes are not what this document calls CBOR, or not the thing expected."""


class Tag:
    def __init__(self, number, value):
        self.number = number
        self.value = value


class Map:
    """Members by the encoding of their key: in Python True == 1, and neither may pass for the other."""

    def __init__(self, members):
        self.members = members

    def __len__(self):
        return len(self.members)

    def get(self, label):
        return self.members.get(label_bytes(label))

    def has(self, label):
        return label_bytes(label) in self.members

    def only(self, *labels):
        """Whether the map has no other key than these."""
        return all(key in map(label_bytes, labels) for key in self.members)

    def exactly(self, *labels):
        return len(self.members) == len(labels) and self.only(*labels)


def read(data, items=CODE_ITEMS):
    """The one item that the bytes are."""
    reader = _Reader(data, items)
    value = reader.item(0)
    if reader.at != len(data):
        raise Malformed("something after the end")
    return value


class _Reader:
    def __init__(self, data, items):
        self.data = data
        self.at = 0
        self.items = items

    def item(self, depth):
        """`depth`: how many arrays, maps and tags are open around this item."""
        self.items -= 1
        if self.items < 0:
            raise Malformed("too many items")
        first = self.take(1)[0]
        major, short = first >> 5, first & 31
        if major == 7:
            if first == 0xF4 or first == 0xF5:
                return first == 0xF5
            raise Malformed("a simple value or a float")
        number = self.number(short)
        if major == 0 or major == 1:
            value = number if major == 0 else -1 - number
            if not -LARGEST <= value <= LARGEST:
                raise Malformed("an integer beyond 2^53 - 1")
            return value
        if major == 2:
            return self.take(number)
        if major == 3:
            try:
                return self.take(number).decode("utf-8")
            except UnicodeDecodeError:
                raise Malformed("text that is not UTF-8") from None
        if depth == DEPTH:
            raise Malformed("nested too deep")
        if major == 4:
            self.fits(number)
            return [self.item(depth + 1) for _ in range(number)]
        if major == 5:
            self.fits(number)
            return self.map(number, depth)
        if number not in (18, 98):
            raise Malformed("a tag that has no place here")
        return Tag(number, self.item(depth + 1))

    def map(self, pairs, depth):
        members = {}
        previous = None
        for _ in range(pairs):
            start = self.at
            self.item(depth + 1)
            key = self.data[start:self.at]
            if previous is not None and key <= previous:
                raise Malformed("keys out of order, or twice")
            previous = key
            members[key] = self.item(depth + 1)
        return Map(members)

    def number(self, short):
        if short < 24:
            return short
        if short > 27:
            raise Malformed("an indefinite length, or a reserved one")
        width = 1 << (short - 24)
        number = int.from_bytes(self.take(width), "big")
        if number < 24 or (width > 1 and number >> (8 * width // 2) == 0):
            raise Malformed("a number longer than it need be")
        return number

    def take(self, count):
        self.fits(count)
        self.at += count
        return self.data[self.at - count:self.at]

    def fits(self, count):
        if count > len(self.data) - self.at:
            raise Malformed("a length beyond the end")


def write(value):
    """Of integers, texts, byte strings and arrays: all that is ever signed or hashed here."""
    if type(value) is int:
        return _head(0, value) if value >= 0 else _head(1, -1 - value)
    if isinstance(value, bytes):
        return _head(2, len(value)) + value
    if isinstance(value, str):
        return _head(3, len(value.encode())) + value.encode()
    return _head(4, len(value)) + b"".join(map(write, value))


def _head(major, number):
    if number < 24:
        return bytes([major << 5 | number])
    for short, width in ((24, 1), (25, 2), (26, 4)):
        if number < 1 << (8 * width):
            return bytes([major << 5 | short]) + number.to_bytes(width, "big")
    return bytes([major << 5 | 27]) + number.to_bytes(8, "big")


_LABELS = {}


def label_bytes(label):
    if label not in _LABELS:
        _LABELS[label] = write(label)
    return _LABELS[label]
