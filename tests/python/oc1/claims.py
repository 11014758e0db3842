"""Claims of a credential whose signature has been checked (SPEC.md sections 3.1 and 6, step 6)."""

import re

from . import cbor
from .cbor import Malformed, Map
from .cose import is_bytes, is_integer
from .keys import CURVES

ISS, EXP, NBF, IAT, CNF = 1, 4, 5, 6, 8
PERSON, ENTERPRISE, VEHICLE, STATUS, LEVEL, FORM = 169, -65537, -65538, -65539, -65540, -65541
LAST_SECOND, LAST_DAY = 253402300799, 2932896
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")


class ContentNotAllowed(Exception):
    pass


class Claims:
    pass


def read(payload):
    claims_map = cbor.read(payload)
    if not isinstance(claims_map, Map):
        raise Malformed("claims that are no map")

    # Everything known is read before anything is judged: what is damaged says Malformed whatever else is wrong with it.
    strange = not claims_map.only(ISS, EXP, NBF, IAT, CNF, PERSON, ENTERPRISE, VEHICLE, STATUS, LEVEL, FORM)
    claims = Claims()
    claims.issuer = matching(claims_map.get(ISS), "[0-9A-Z]{1,4}")
    claims.expires_at = seconds(claims_map.get(EXP))
    claims.issued_at = seconds(claims_map.get(IAT))
    claims.not_before = seconds(claims_map.get(NBF)) if claims_map.has(NBF) else None
    claims.form = integer(claims_map.get(FORM), 1, 2)
    claims.level = integer(claims_map.get(LEVEL), 1, 4) if claims_map.has(LEVEL) else None
    claims.status = _status(claims_map.get(STATUS))
    claims.device_key = None
    if claims_map.has(CNF):
        claims.device_key, more = _confirmation(claims_map.get(CNF))
        strange |= more
    subjects = []
    for label, kind, reader in SUBJECTS:
        if claims_map.has(label):
            members, more = reader(claims_map.get(label))
            subjects.append((kind, members))
            strange |= more
    if not subjects:
        raise Malformed("about nobody")

    if strange or len(subjects) > 1:
        raise ContentNotAllowed("a claim or a member that does not belong here")
    claims.kind, claims.subject = subjects[0]
    if claims.not_before is not None and claims.not_before <= claims.issued_at:
        raise ContentNotAllowed("an nbf that says nothing")
    claims.valid_from = claims.issued_at if claims.not_before is None else claims.not_before
    if claims.expires_at <= claims.valid_from:
        raise ContentNotAllowed("over before it begins")
    _content_rule(claims)
    return claims


def _content_rule(claims):
    is_phone, is_person = claims.form == 2, claims.kind == "person"
    if (claims.device_key is not None) != is_phone or (claims.level is not None) != is_person:
        raise ContentNotAllowed("cnf or a level where none belongs, or none where one does")
    if is_person:
        name = claims.subject["maskedName"]
        if "*" not in name or len(name.replace("*", "")) > 3 or ("lastFour" in claims.subject) == is_phone:
            raise ContentNotAllowed("a name or a number that shows too much")


def _status(value):
    if not isinstance(value, list) or len(value) != 2:
        raise Malformed("not a status reference")
    return matching(value[0], "[a-z0-9]{1,16}"), integer(value[1], 0, 2147483647)


def _confirmation(value):
    key = value.get(1) if isinstance(value, Map) else None
    if not isinstance(key, Map) or not is_integer(key.get(1), 2, 2) or not is_integer(key.get(-1)) or key.get(-1) not in CURVES \
            or not is_bytes(key.get(-2), 32) or not isinstance(key.get(-3), bool):
        raise Malformed("not a device key")
    return (key.get(-1), key.get(-2), key.get(-3)), len(value) != 1 or len(key) != 4


def _members(value, grammar):
    """Reads the members of a grammar; says whether there were others."""
    if not isinstance(value, Map):
        raise Malformed("a subject that is no map")
    members = {}
    for label, name, required, reader in grammar:
        if required or value.has(label):
            members[name] = reader(value.get(label))
    return members, not value.only(*(label for label, *_ in grammar))


def _person(value):
    return _members(value, (
        (1, "lastFour", False, lambda text: matching(text, "[0-9]{3}[0-9X]")),
        (4, "maskedName", True, lambda text: words(text, 128)),
    ))


def _enterprise(value):
    return _members(value, (
        (1, "creditCode", True, lambda text: matching(text, "[0-9A-HJ-NPQRTUWXY]{18}")),
        (2, "name", True, lambda text: words(text, 128)),
        (3, "kindCode", True, lambda text: words(text, 8)),
        (4, "endsOn", False, lambda day: integer(day, 0, LAST_DAY)),
    ))


def _vehicle(value):
    return _members(value, (
        (1, "plate", True, lambda text: words(text, 24)),
        (2, "plateKind", True, lambda text: matching(text, "[0-9]{2}")),
        (3, "inspectionEndsOn", False, lambda day: integer(day, 0, LAST_DAY)),
    ))


SUBJECTS = ((PERSON, "person", _person), (ENTERPRISE, "enterprise", _enterprise), (VEHICLE, "vehicle", _vehicle))


def integer(value, least, most):
    if not is_integer(value, least, most):
        raise Malformed("not an integer in range")
    return value


def seconds(value):
    return integer(value, 0, LAST_SECOND)


def matching(value, pattern):
    if not isinstance(value, str) or re.fullmatch(pattern, value, re.ASCII) is None:
        raise Malformed("not the text expected")
    return value


def sized(value, most):
    if not isinstance(value, str) or not 1 <= len(value.encode()) <= most:
        raise Malformed("not text of a right size")
    return value


def words(value, most):
    if CONTROL.search(sized(value, most)):
        raise Malformed("text with control characters")
    return value
