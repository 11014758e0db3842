#!/usr/bin/python3
"""Runs every vector of tests/vectors; the last line is "N passed, N failed"."""

import datetime
import json
import pathlib
import sys

from oc1 import cbor, sm2, texts
from oc1.cbor import Malformed
from oc1.compact import Series
from oc1.cose import KCWT, sign1
from oc1.keys import ES256, SM2, Key, decompress
from oc1.verify import Verifier

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "vectors"


def differences(vector):
    """What a vector expects and this verifier does not give."""
    spoken = [{"ES256": ES256, "SM2": SM2}[name] for name in vector.get("algorithms", ("ES256", "SM2"))]
    verifier = Verifier(vector["roots"], spoken)
    expect = vector["expect"]
    found = {
        "trustLists": [verifier.take_trust_list(bytes.fromhex(data)) for data in vector["trustLists"]],
        "statusLists": [verifier.take_status_list(bytes.fromhex(data)) for data in vector["statusLists"]],
    }
    answer = verifier.verify(vector["text"], vector["now"])
    found |= {"verdict": answer.verdict, "reason": answer.reason, "step": answer.step}
    for name, value in found.items():
        if value != expect.get(name):
            yield f"{name}: expected {expect.get(name)}, got {value}"
    for place, also in enumerate(vector.get("also", ())):
        said = verifier.verify(also["text"], vector["now"])
        if (said.verdict, said.reason, said.step) != tuple(also["expect"].get(name) for name in ("verdict", "reason", "step")):
            yield f"also {place}: expected {also['expect']}, got {said.verdict} {said.reason} {said.step}"
    if answer.verdict == "passed" and answer.level != expect.get("level", vector["claims"].get("level")):
        yield f"level: got {answer.level}"
    if answer.verdict == "passed" and in_words(answer.claims) != vector["claims"]:
        yield f"claims: expected {vector['claims']}, got {in_words(answer.claims)}"
    yield from anatomy(vector)


def compact_differences(vector):
    verifier = Verifier(vector["roots"])
    if verifier.take_trust_list(bytes.fromhex(vector["trustList"])) != "accepted":
        yield "the trust list was refused"
        return
    series = Series()
    for number, step in enumerate(vector["steps"]):
        found = series.take(bytes.fromhex(step["message"]), bytes.fromhex(step["body"]), verifier.trust)
        if found != step["expect"]:
            yield f"step {number}: expected {step['expect']}, got {found}"
    for ask in vector["answers"]:
        found = series.ask(ask["issuer"], ask["uri"], ask["list"], ask["index"])
        if found != ask["answer"]:
            yield f"{ask}: got {found}"


def roots_differences(vector):
    verifier = Verifier(vector["roots"])
    for number, step in enumerate(vector["steps"]):
        take = verifier.take_root_change if "change" in step else verifier.take_trust_list
        found = take(bytes.fromhex(step.get("change", step.get("trustList"))))
        if found != step["expect"]:
            yield f"step {number}: expected {step['expect']}, got {found}"
    if (verifier.roots.version, verifier.trust and verifier.trust.version) != (vector["version"], vector["trustVersion"]):
        yield f"version: got {verifier.roots.version}, {verifier.trust and verifier.trust.version}"


def anatomy(vector):
    """The members that are there to show an implementer where he parts from us."""
    try:
        data = texts.decode(vector["text"])
    except Malformed:
        if "bytes" in vector:
            yield "bytes: the text was refused"
        return
    if data.hex() != vector.get("bytes"):
        yield f"bytes: got {data.hex()}"
    for name, inner in (("message", False), ("credential", True)):
        if name not in vector:
            continue
        message = sign1(cbor.read(data))
        message = sign1(message.header.get(KCWT)) if inner else message
        parts = {
            "protected": message.protected.hex(),
            "payload": message.payload.hex(),
            "signature": message.signature.hex(),
            "toBeSigned": message.to_be_signed().hex(),
        }
        if parts != vector[name]:
            yield f"{name}: got {parts}"


def in_words(claims):
    subject = {name: day(value) if name.endswith("EndsOn") or name == "endsOn" else value for name, value in claims.subject.items()}
    words = {
        "issuer": claims.issuer, "kind": claims.kind, "form": ("paper", "phone")[claims.form - 1], "subject": subject,
        "issuedAt": time(claims.issued_at), "validFrom": time(claims.valid_from), "expiresAt": time(claims.expires_at),
        "status": {"list": claims.status[0], "index": claims.status[1]},
    }
    if claims.level is not None:
        words["level"] = claims.level
    if claims.device_key is not None:
        words["holder"] = {"x": claims.device_key[1].hex(), "yIsOdd": claims.device_key[2]}
    return words


def time(seconds):
    return (datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=seconds)).isoformat() + "Z"


def day(days):
    return (datetime.date(1970, 1, 1) + datetime.timedelta(days=days)).isoformat()


def wycheproof():
    """For each published signature on P-256 what is wrong with our answer, or None."""
    for group in groups("wycheproof/ecdsa_secp256r1_sha256_p1363_test.json"):
        point = bytes.fromhex(group["publicKey"]["uncompressed"])
        key = Key(1, point[1:33], point[33:])
        for test in group["tests"]:
            signature = bytes.fromhex(test["sig"])
            yield difference(test, len(signature) == 64 and key.has_signed(bytes.fromhex(test["msg"]), signature))


def adversarial_sm2():
    """The same for signatures of SM2."""
    for group in groups("sm2/sm2_verify_test.json"):
        x, y = bytes.fromhex(group["publicKey"]["x"]), bytes.fromhex(group["publicKey"]["y"])
        for test in group["tests"]:
            signature = bytes.fromhex(test["sig"])
            if group["type"] == "Sm2Verify":
                yield difference(test, sm2.has_signed(x, y, bytes.fromhex(test["msg"]), signature))
            else:
                yield difference(test, sm2.verifies((int.from_bytes(x, "big"), int.from_bytes(y, "big")), bytes.fromhex(test["digest"]), signature))


def sm2_keys():
    """The same for its keys; whole keys in DER are for importing, which a verifier does not do."""
    for group in groups("sm2/sm2_key_test.json"):
        for test in group["tests"]:
            if group["type"] == "Sm2SubjectPublicKeyInfo":
                continue
            x = bytes.fromhex(test["x"])
            try:
                key = Key(-65539, x, bytes.fromhex(test["y"])) if group["type"] == "Sm2Point" else decompress(-65539, x, test["odd"])
                yield difference(test, group["type"] == "Sm2Point" or key.y.hex() == test.get("y"))
            except Malformed:
                yield difference(test, False)


def groups(file):
    return json.loads((FOLDER / file).read_text("utf-8"))["testGroups"]


def difference(test, holds):
    return None if holds == (test["result"] == "valid") else f"{test['tcId']} {test['comment']}: expected {test['result']}"


def main():
    files = sorted([*FOLDER.glob("*.json"), *FOLDER.glob("sm2/codes/*.json"), *FOLDER.glob("compact/*.json"), *FOLDER.glob("roots/*.json")])
    failed = 0
    for file in files:
        judge = {"compact": compact_differences, "roots": roots_differences}.get(file.parent.name, differences)
        wrong = list(judge(json.loads(file.read_text("utf-8"))))
        failed += bool(wrong)
        for line in wrong:
            print(f"{file.stem}: {line}")
    signatures = [*wycheproof(), *adversarial_sm2(), *sm2_keys()]
    for wrong in filter(None, signatures):
        print(wrong)
        failed += 1
    # An empty folder proves nothing.
    failed += len(files) < 200
    print(f"{len(files) + len(signatures) - failed} passed, {failed} failed")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
