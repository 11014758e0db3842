"""The verification of SPEC.md section 6, step by step."""

from . import cbor, claims as claims_of, texts
from .cbor import Malformed, Map, Tag
from .claims import ContentNotAllowed, seconds
from .cose import ALG, CREDENTIAL, KCWT, KID, PRESENTATION, TYP, is_bytes, is_integer, sign1
from .keys import CURVES, ES256, SM2, decompress
from .status import signer_of, verify_status_list
from .trust import ENTERPRISE, PERSON, VEHICLE, Refused, Roots, verify_root_change, verify_trust_list

TOLERANCE = 60
FRESH = 90
PURPOSE = {"person": PERSON, "enterprise": ENTERPRISE, "vehicle": VEHICLE}


class Verdict(Exception):
    """An answer that is no pass. Raised where the step that gives it stands."""

    def __init__(self, verdict, reason, step):
        super().__init__(verdict, reason, step)
        self.verdict, self.reason, self.step = verdict, reason, step


class Passed:
    verdict, reason, step = "passed", None, None

    def __init__(self, claims, status_as_of, signed_at, level):
        self.claims, self.status_as_of, self.signed_at, self.level = claims, status_as_of, signed_at, level


class Verifier:
    """Roots, and the lists taken in so far."""

    def __init__(self, roots_json, spoken=(ES256, SM2)):
        self.roots = None if roots_json is None else Roots(roots_json, spoken)
        self.trust = None
        self.lists = {}

    def take_trust_list(self, data):
        """The reason's name, or 'accepted'."""
        if self.roots is None:
            return "ThresholdNotMet"
        try:
            self.trust = verify_trust_list(data, self.roots, self.trust)
        except Refused as refused:
            return str(refused)
        self.lists = {name: held for name, held in self.lists.items() if self.still_vouched_for(held)}
        return "accepted"

    def take_root_change(self, data):
        if self.roots is None:
            return "ThresholdNotMet"
        try:
            self.roots = verify_root_change(data, self.roots)
        except Refused as refused:
            return str(refused)
        return "accepted"

    def take_status_list(self, data):
        if self.trust is None:
            return "KeyNotInTrustList"
        try:
            taken = verify_status_list(data, self.trust, self.held)
        except Refused as refused:
            return str(refused)
        self.lists[taken.region, taken.uri] = taken
        return "accepted"

    def held(self, region, uri):
        return self.lists.get((region, uri))

    def still_vouched_for(self, held):
        return any(
            key.key.point == held.key.key.point and key.withdrawn is None and key.purpose == held.key.purpose
            and key.region == held.region and key.in_force_at(held.issued_at)
            for key in self.trust.keys)

    def verify(self, text, now):
        """Passed, or a Verdict. Never another exception, whatever was scanned."""
        try:
            return self._verify(text, now)
        except Verdict as verdict:
            return verdict

    def _verify(self, text, now):
        # SPEC.md step 1.
        try:
            data = texts.decode(text)
        except Malformed:
            raise Verdict("failed", "Malformed", "Text") from None

        # SPEC.md step 2 and SPEC.md step 3.
        try:
            item = cbor.read(data)
        except Malformed:
            raise Verdict("failed", "Malformed", "Structure") from None
        outer = structure(item)
        presentation = outer if type_of(outer, (CREDENTIAL, PRESENTATION)) == PRESENTATION else None
        credential = outer
        if presentation is not None:
            credential = structure(outer.header.get(KCWT))
            type_of(credential, (CREDENTIAL,))

        # SPEC.md step 4.
        if self.roots is None or self.trust is None:
            raise Verdict("indeterminate", "RootsMissing" if self.roots is None else "TrustMissing", "Key")
        candidates = self.trust.candidates(credential.header.get(KID))
        if not candidates:
            raise Verdict("indeterminate", "KeyNotInTrustList", "Key")

        # SPEC.md step 5.
        key, reason = signer_of(credential, candidates)
        if key is None:
            raise Verdict("indeterminate" if reason == "AlgorithmUnsupported" else "failed", reason, "Signature")

        # SPEC.md step 6.
        try:
            claims = claims_of.read(credential.payload)
        except Malformed:
            raise Verdict("failed", "Malformed", "Claims") from None
        except ContentNotAllowed:
            raise Verdict("failed", "ContentNotAllowed", "Claims") from None

        # SPEC.md step 7.
        for wrong, reason in (
                (key.withdrawn is not None, "KeyWithdrawn"),
                (key.region != claims.issuer, "IssuerMismatch"),
                (key.purpose != PURPOSE[claims.kind], "PurposeMismatch"),
                (not key.in_force_at(claims.issued_at), "KeyNotInForce")):
            if wrong:
                raise Verdict("failed", reason, "Scope")

        # SPEC.md step 8.
        signed_at = holder(claims, presentation, self.roots.spoken)

        # SPEC.md step 9.
        uri = key.status_uri(claims.status[0])
        status = None if uri is None else self.held(claims.issuer, uri)
        signed = [self.trust.issued_at, claims.issued_at] + ([] if status is None else [status.issued_at])
        clock_is_wrong = now + TOLERANCE < max(signed)
        if not clock_is_wrong:
            if now + TOLERANCE < claims.valid_from:
                raise Verdict("failed", "NotYetValid", "Time")
            if now >= claims.expires_at:
                raise Verdict("failed", "Expired", "Time")
            if signed_at is not None and not now - FRESH <= signed_at <= now + TOLERANCE:
                raise Verdict("failed", "NotFresh", "Time")

        # SPEC.md step 10.
        value = None if status is None else status.value(claims.status[1])
        if value == 1 or value == 2:
            raise Verdict("failed", "Revoked" if value == 1 else "Suspended", "Status")

        # SPEC.md step 11.
        for doubtful, reason in (
                (clock_is_wrong, "ClockWrong"),
                (now >= self.trust.expires_at, "TrustStale"),
                (uri is None, "NotCovered"),
                (status is None, "StatusUnknown"),
                (value is None, "NotCovered"),
                (value != 0, "StatusUnknown")):
            if doubtful:
                raise Verdict("indeterminate", reason, "Confidence")
        if now >= status.expires_at or (key.floor is not None and status.issued_at < key.floor):
            raise Verdict("indeterminate", "StatusStale", "Confidence")
        return Passed(claims, status.issued_at, signed_at, self.trust.counts_for(claims.issuer, claims.level))


def structure(item):
    """Step 2, of an item that is CBOR already."""
    if isinstance(item, Tag) and item.number == 98:
        raise Verdict("failed", "UnexpectedType", "Structure")
    try:
        return sign1(item)
    except Malformed:
        raise Verdict("failed", "Malformed", "Structure") from None


def type_of(message, allowed):
    """Step 3."""
    header = message.header
    typ = header.get(TYP)
    if not is_integer(typ) or typ not in allowed:
        raise Verdict("failed", "UnexpectedType", "Type")
    labels = (ALG, KID, TYP) if typ == CREDENTIAL else (ALG, KCWT, TYP)
    right = header.exactly(*labels) and is_integer(header.get(ALG)) and (typ == PRESENTATION or is_bytes(header.get(KID), 8))
    if not right:
        raise Verdict("failed", "Malformed", "Type")
    return typ


def holder(claims, presentation, spoken):
    """Step 8. When the phone signed, or None for paper."""
    def fail(reason):
        raise Verdict("failed", reason, "Holder")

    if presentation is None:
        return None if claims.device_key is None else fail("HolderProofMissing")
    if claims.device_key is None:
        fail("HolderProofUnexpected")
    algorithm = CURVES[claims.device_key[0]][0]
    if algorithm not in spoken:
        raise Verdict("indeterminate", "AlgorithmUnsupported", "Holder")
    try:
        key = decompress(*claims.device_key)
    except Malformed:
        fail("Malformed")
    if presentation.header.get(ALG) != algorithm:
        fail("AlgorithmMismatch")
    if not key.has_signed(presentation.to_be_signed(), presentation.signature):
        fail("HolderProofInvalid")
    try:
        payload = cbor.read(presentation.payload)
        if not isinstance(payload, Map) or not payload.exactly(3, 6) or not isinstance(payload.get(3), str):
            raise Malformed("not the claims of a presentation")
        signed_at = seconds(payload.get(6))
    except Malformed:
        fail("Malformed")
    return signed_at if payload.get(3) == "*" else fail("AudienceMismatch")
