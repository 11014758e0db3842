"""Compact status: snapshots and deltas (SPEC.md section 13)."""

import hashlib

from . import cbor
from .cbor import Malformed, Map
from .claims import integer, matching, seconds
from .cose import ALG, KID, TYP, is_bytes, is_integer, sign1
from .status import signer_of
from .trust import STATUS_LIST, Refused, template

STATEMENT = 65003
LARGEST_STATEMENT = 2048
LARGEST_STATE = 64 << 20
MOST_LISTS = 16384
MOST_ENTRIES = 1048576
ITEMS = 114_704
NAME = "[a-z0-9]{1,16}"


class ListState:
    def __init__(self, entries, withdrawn=(), suspended=()):
        self.entries, self.withdrawn, self.suspended = entries, set(withdrawn), set(suspended)


class Statement:
    """13.3, signed by a key of the trust list."""

    def __init__(self, payload, key):
        content = cbor.read(payload)
        if not isinstance(content, Map) or not content.only(2, 4, 6, -1, -2, -3, -4, -5, -6):
            raise Malformed("not a statement")
        self.series = matching(content.get(2), NAME)
        self.expires_at = seconds(content.get(4))
        self.issued_at = seconds(content.get(6))
        self.version = integer(content.get(-1), 1, cbor.LARGEST)
        integer(content.get(-2), 1, 31622400)
        self.digest = digest(content.get(-3))
        self.size = integer(content.get(-4), 1, LARGEST_STATE)
        self.template = template(content.get(-5))
        self.delta = None
        if content.has(-6):
            delta = content.get(-6)
            if not isinstance(delta, list) or len(delta) != 4:
                raise Malformed("not a delta")
            integer(delta[0], 1, self.version - 1)
            self.delta = digest(delta[1]), digest(delta[2]), integer(delta[3], 1, LARGEST_STATE)
        if self.issued_at >= self.expires_at:
            raise Malformed("over before it begins")
        self.key = key
        self.region = key.region


class Series:
    """One series held: the newest statement, and the state that it names."""

    def __init__(self):
        self.statement = None
        self.state = None

    def take(self, data, body, trust):
        """13.4. 'accepted', or the reason's name; what is refused changes nothing."""
        try:
            statement = read_statement(data, trust)
            self.statement, self.state = statement, self._outcome(statement, body)
        except Refused as refused:
            return str(refused)
        except Malformed:
            return "Malformed"
        return "accepted"

    def _outcome(self, statement, body):
        held = self.statement
        if held is not None and (held.region, held.series) != (statement.region, statement.series):
            raise ValueError("this holds one series only")
        if held is not None and (statement.issued_at < held.issued_at or statement.version < held.version
                                 or (statement.version == held.version and statement.digest != held.digest)):
            raise Refused("Rollback")
        if held is not None and statement.digest == held.digest:
            return self.state
        if statement.delta is None:
            expect(body, statement.digest, statement.size)
            return read_state(body)
        before, changes, size = statement.delta
        if held is None or before != held.digest:
            raise Refused("BaseMismatch")
        expect(body, changes, size)
        outcome = apply_changes(self.state, body)
        written = write_state(outcome)
        if hashlib.sha256(written).digest() != statement.digest:
            raise Refused("OutcomeMismatch")
        return outcome

    def ask(self, issuer, uri, name, index):
        held = self.statement
        if held is None or held.region != issuer or held.template.replace("{list}", name) != uri:
            return "unknown"
        state = self.state.get(name)
        if state is None or index >= state.entries:
            return "notCovered"
        return "invalid" if index in state.withdrawn else "suspended" if index in state.suspended else "valid"


def read_statement(data, trust):
    if len(data) > LARGEST_STATEMENT:
        raise Malformed("too large")
    message = sign1(cbor.read(data))
    header = message.header
    if not is_integer(header.get(TYP), STATEMENT, STATEMENT):
        raise Refused("UnexpectedType")
    if not header.exactly(ALG, KID, TYP) or not is_integer(header.get(ALG)) or not is_bytes(header.get(KID), 8):
        raise Malformed("not the header of a statement")
    candidates = trust.candidates(header.get(KID))
    if not candidates:
        raise Refused("KeyNotInTrustList")
    key, reason = signer_of(message, candidates)
    if key is None:
        raise Refused(reason)
    statement = Statement(message.payload, key)
    for wrong, reason in (
            (key.withdrawn is not None, "KeyWithdrawn"),
            (key.purpose != STATUS_LIST, "PurposeMismatch"),
            (not key.in_force_at(statement.issued_at), "KeyNotInForce")):
        if wrong:
            raise Refused(reason)
    return statement


def expect(body, sha256, size):
    if len(body) != size or hashlib.sha256(body).digest() != sha256:
        raise Refused("BodyMismatch")


def read_state(body):
    """13.1."""
    lists = cbor.read(body, ITEMS)
    if not isinstance(lists, list) or len(lists) > MOST_LISTS:
        raise Malformed("not a state")
    state, previous = {}, ""
    for item in lists:
        if not isinstance(item, list) or len(item) != 6:
            raise Malformed("not a list's state")
        name = matching(item[0], NAME)
        if name <= previous:
            raise Malformed("lists out of order, or one twice")
        previous = name
        entries = integer(item[1], 1, MOST_ENTRIES)
        state[name] = ListState(entries, read_set(item[2], item[3], entries), read_set(item[4], item[5], entries))
        if state[name].withdrawn & state[name].suspended:
            raise Malformed("withdrawn and suspended")
    return state


def write_state(state):
    lists = []
    for name in sorted(state):
        one = state[name]
        lists.append([name, one.entries, len(one.withdrawn), write_set(one.withdrawn, one.entries), len(one.suspended), write_set(one.suspended, one.entries)])
    return cbor.write(lists)


def apply_changes(before, body):
    """13.2: the state after, which is a new one."""
    item = cbor.read(body, ITEMS)
    if not isinstance(item, list) or len(item) != 8 or not isinstance(item[0], list) or not isinstance(item[1], list):
        raise Malformed("not changes")
    retired = [matching(name, NAME) for name in item[0]]
    opened = []
    for new in item[1]:
        if not isinstance(new, list) or len(new) != 2:
            raise Malformed("not a list that is opened")
        opened.append((matching(new[0], NAME), integer(new[1], 1, MOST_ENTRIES)))
    names = [name for name, _ in opened]
    if retired != sorted(set(retired)) or names != sorted(set(names)) \
            or any(name not in before for name in retired) or any(name in before for name in names):
        raise Malformed("lists retired or opened that cannot be")

    after = {name: ListState(one.entries, one.withdrawn, one.suspended) for name, one in before.items() if name not in retired}
    after |= {name: ListState(entries) for name, entries in opened}
    if len(after) > MOST_LISTS:
        raise Malformed("too many lists")
    universe = sum(one.entries for one in after.values())
    withdrawn, suspended, restored = (read_set(item[at], item[at + 1], universe) for at in (2, 4, 6))
    if set(withdrawn) & set(suspended) or set(withdrawn) & set(restored) or set(suspended) & set(restored):
        raise Malformed("an index in two sets")
    place = places(after)
    for one, index in map(place, withdrawn):
        if index in one.withdrawn:
            raise Malformed("withdrawn already")
        one.withdrawn.add(index)
        one.suspended.discard(index)
    for one, index in map(place, suspended):
        if index in one.withdrawn or index in one.suspended:
            raise Malformed("suspended or withdrawn already")
        one.suspended.add(index)
    for one, index in map(place, restored):
        if index not in one.suspended:
            raise Malformed("not suspended")
        one.suspended.remove(index)
    return after


def places(state):
    starts, at = [], 0
    for name in sorted(state):
        starts.append((at, state[name]))
        at += state[name].entries

    def place(position):
        start, one = max((pair for pair in starts if pair[0] <= position), key=lambda pair: pair[0])
        return one, position - start

    return place


def parameter(count, universe):
    k = 0
    while count and 2 ** (k + 1) * count * 80 <= 77 * universe:
        k += 1
    return k


def read_set(count, data, universe):
    integer(count, 0, universe)
    if not is_bytes(data) or (count and count > 8 * len(data)):
        raise Malformed("not a set")
    bits, length = int.from_bytes(data, "big"), 8 * len(data)
    k = parameter(count, universe)
    at, position, positions = 0, -1, []

    def next_bit():
        nonlocal at
        if at == length:
            raise Malformed("a set that is cut off")
        at += 1
        return bits >> (length - at) & 1

    for _ in range(count):
        quotient = 0
        while next_bit():
            quotient += 1
        low = 0
        for _ in range(k):
            low = low << 1 | next_bit()
        position += (quotient << k | low) + 1
        if position >= universe:
            raise Malformed("a position beyond the end")
        positions.append(position)
    if length - at >= 8 or bits & ((1 << (length - at)) - 1):
        raise Malformed("something after the last position")
    return positions


def write_set(positions, universe):
    k = parameter(len(positions), universe)
    bits, length, previous = 0, 0, -1
    for position in sorted(positions):
        gap = position - previous - 1
        previous = position
        ones = gap >> k
        bits = bits << (ones + 1 + k) | ((1 << ones) - 1) << (1 + k) | gap & ((1 << k) - 1)
        length += ones + 1 + k
    filling = -length % 8
    return (bits << filling).to_bytes((length + filling) // 8, "big")


def digest(value):
    if not is_bytes(value, 32):
        raise Malformed("not a digest")
    return value
