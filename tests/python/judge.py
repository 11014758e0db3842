#!/usr/bin/python3
"""The Python verifier behind lines of text, for tests/fuzz: what each line asks is said in tests/Mutants/Judges.cs."""

import json
import sys

from oc1.keys import ES256, SM2
from oc1.status import verify_status_list
from oc1.trust import Refused, verify_trust_list
from oc1.verify import Verifier
from vectors import day

KINDS = ("", "person", "enterprise", "vehicle")


class Judge:
    def __init__(self):
        self.verifier = Verifier(None)

    def world(self, text):
        world = json.loads(text)
        self.verifier = Verifier(world["roots"], [{"ES256": ES256, "SM2": SM2}[name] for name in world["algorithms"]])
        trust = [self.verifier.take_trust_list(bytes.fromhex(data)) for data in world["trustLists"]]
        status = [self.verifier.take_status_list(bytes.fromhex(data)) for data in world["statusLists"]]
        return ",".join([*trust, "|", *status])

    def trust(self, data):
        if self.verifier.roots is None:
            return "ThresholdNotMet"
        return refusal(verify_trust_list, bytes.fromhex(data), self.verifier.roots, self.verifier.trust)

    def status(self, data):
        if self.verifier.trust is None:
            return "KeyNotInTrustList"
        return refusal(verify_status_list, bytes.fromhex(data), self.verifier.trust, self.verifier.held)

    def code(self, rest):
        now, _, text = rest.partition(" ")
        answer = self.verifier.verify(bytes.fromhex(text).decode(), int(now))
        if answer.verdict == "passed":
            return "passed " + words(answer).encode().hex()
        return f"{answer.verdict} {answer.reason} {answer.step}"


def refusal(judge, *arguments):
    try:
        judge(*arguments)
    except Refused as refused:
        return str(refused)
    return "accepted"


def words(passed):
    claims = passed.claims
    subject = {name: day(value) if name.lower().endswith("endson") else value for name, value in claims.subject.items()}
    shown = passed.signed_at is not None
    return "\x1f".join("" if word is None else str(word) for word in (
        claims.issuer, KINDS.index(claims.kind), claims.form, claims.issued_at, claims.valid_from, claims.expires_at, claims.level,
        *(subject.get(name) for name in ("lastFour", "maskedName", "creditCode", "name", "kindCode", "endsOn", "plate", "plateKind", "inspectionEndsOn")),
        passed.status_as_of, passed.signed_at, claims.status[0] if shown else None, claims.status[1] if shown else None, passed.level))


def main():
    judge = Judge()
    for line in sys.stdin:
        ask, _, rest = line.rstrip("\n").partition(" ")
        try:
            answer = getattr(judge, ask)(rest)
        except Exception as error:  # Never raises on what was scanned: whatever comes here is a finding.
            answer = f"threw {error!r}"
        sys.stdout.write(answer + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
