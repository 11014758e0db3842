using OneCode.Wire;

namespace OneCode.Cli.Vectors;

internal static class ClaimsVectors
{
    private const string Malformed = "Failed Malformed Claims";
    private const string NotAllowed = "Failed ContentNotAllowed Claims";

    public static IEnumerable<Vector> All()
    {
        // Signed by an issuer who makes mistakes: what is no claim set at all.
        yield return Payload("claims-not-cbor", "Bytes that are no CBOR.", _ => [0xff]);
        yield return Payload("claims-array", "An array.", _ => [0x80]);
        yield return Payload("claims-trailing", "A byte after the map.", payload => [.. payload, 0x00]);
        yield return Claims("claims-unsorted", "Claims out of order.", Malformed, claims => claims.Without(1).Append(1, writer => writer.Text("34")));
        yield return Claims("claims-twice", "exp twice.", Malformed, claims => claims.Append(4, writer => writer.Integer(4102444800)));
        yield return Claims("claims-exp-float", "exp as a float.", Malformed, claims => claims.With(4, writer => writer.Encoded([0xfb, 0x41, 0xf0, 0, 0, 0, 0, 0, 0])));
        yield return Claims("claims-exp-text", "exp as a text.", Malformed, claims => claims.With(4, writer => writer.Text("2027-01-01")));
        yield return Claims("claims-exp-negative", "exp before 1970.", Malformed, claims => claims.With(4, writer => writer.Integer(-1)));
        yield return Claims("claims-exp-beyond-9999", "exp after the year 9999.", Malformed, claims => claims.With(4, writer => writer.Integer(253402300800)));
        yield return Claims("claims-exp-long-form", "exp in eight bytes where four do.", Malformed, claims => claims.With(4, writer => writer.Encoded([0x1b, 0, 0, 0, 0, 0x70, 0, 0, 0])));
        yield return Claims("claims-iat-bignum", "iat as a big number.", Malformed, claims => claims.With(6, writer => writer.Encoded([0xc2, 0x44, 0x60, 0, 0, 0])));
        yield return Claims("claims-no-exp", "No exp.", Malformed, claims => claims.Without(4));
        yield return Claims("claims-no-iss", "No iss.", Malformed, claims => claims.Without(1));
        yield return Claims("claims-no-subject", "About nobody.", Malformed, claims => claims.Without(Labels.Person));
        yield return Claims("claims-no-status", "No status reference.", Malformed, claims => claims.Without(Labels.Status));
        yield return Claims("claims-no-form", "Neither paper nor phone.", Malformed, claims => claims.Without(Labels.Form));
        yield return Claims("claims-iss-lower-case", "A region in lower case.", Malformed, claims => claims.With(1, writer => writer.Text("ah")));
        yield return Claims("claims-iss-long", "A region of five.", Malformed, claims => claims.With(1, writer => writer.Text("34000")));
        yield return Claims("claims-form-3", "A third form.", Malformed, claims => claims.With(Labels.Form, writer => writer.Integer(3)));
        yield return Claims("claims-level-5", "A fifth level.", Malformed, claims => claims.With(Labels.Level, writer => writer.Integer(5)));
        yield return Claims("claims-status-index-negative", "An index below zero.", Malformed, claims => claims.With(Labels.Status, writer => writer.Array(2).Text("pm27110").Integer(-1)));
        yield return Claims("claims-status-index-2-31", "An index beyond 31 bits.", Malformed, claims => claims.With(Labels.Status, writer => writer.Array(2).Text("pm27110").Integer(2147483648)));
        yield return Claims("claims-status-list-slash", "A list name that would climb in a path.", Malformed, claims => claims.With(Labels.Status, writer => writer.Array(2).Text("../x").Integer(7)));
        yield return Claims("claims-name-bad-utf8", "A name that is not UTF-8.", Malformed, claims => claims.With(Labels.Person, writer => writer.Map(1).Integer(4).Encoded([0x62, 0xc3, 0x28])));
        yield return Claims("claims-name-control", "A line end in a name.", Malformed, claims => claims.With(Labels.Person, writer => writer.Map(2).Integer(1).Text("001X").Integer(4).Text("*\n")));
        yield return Claims("claims-name-c1-control", "A control character of the second kind in a name.", Malformed, claims => claims.With(Labels.Person, writer => writer.Map(2).Integer(1).Text("001X").Integer(4).Text("*\u009b")));
        yield return Claims("claims-kind-code-control", "A line end in a kind code.", Malformed, claims => claims.With(
            Labels.Enterprise, writer => writer.Map(3).Integer(1).Text("91349900MA2T000159").Integer(2).Text("x").Integer(3).Text("11\n0")), ACode.PaperEnterprise, "enterprise");
        yield return Claims("claims-plate-control", "An escape character in a plate.", Malformed, claims => claims.With(
            Labels.Vehicle, writer => writer.Map(2).Integer(1).Text("皖A\u001b[2J").Integer(2).Text("02")), ACode.PaperVehicle, "vehicle");
        yield return Claims("claims-damaged-and-not-allowed", "Damaged, and holding what a code must not: damage comes first.", Malformed, claims => claims.With(7, writer => writer.Bytes([1])).With(Labels.Form, writer => writer.Integer(3)));
        yield return Claims("claims-status-three", "A status reference of three.", Malformed, claims => claims.With(Labels.Status, writer => writer.Array(3).Text("pm27110").Integer(7).Integer(7)));
        yield return Claims("claims-last-four-lower-x", "A lower-case x.", Malformed, claims => claims.With(Labels.Person, writer => writer.Map(2).Integer(1).Text("001x").Integer(4).Text("张*")));
        yield return Claims("claims-credit-code-i", "A credit code with I, which the alphabet lacks.", Malformed, claims => claims.With(
            Labels.Enterprise, writer => writer.Map(3).Integer(1).Text("91349900MA2I000159").Integer(2).Text("x").Integer(3).Text("1100")), ACode.PaperEnterprise, "enterprise");
        yield return Claims("claims-cnf-short", "A device key of 31 bytes.", Malformed, claims => claims.With(
            8, writer => writer.Map(1).Integer(1).Map(4).Integer(1).Integer(2).Integer(-1).Integer(1).Integer(-2).Bytes(new byte[31]).Integer(-3).Boolean(false)), ACode.PhonePerson, presented: true);
        yield return Claims("claims-cnf-curve-array", "The curve as an array of its number, which a careless look-up takes for the number.", Malformed, claims => claims.With(
            8, writer => writer.Map(1).Integer(1).Map(4).Integer(1).Integer(2).Integer(-1).Array(1).Integer(1).Integer(-2).Bytes(TestKeys.Of("device").PublicKey.X).Integer(-3).Boolean(false)), ACode.PhonePerson, presented: true);
        yield return Claims("claims-cnf-other-curve", "A device key of P-384.", Malformed, claims => claims.With(
            8, writer => writer.Map(1).Integer(1).Map(4).Integer(1).Integer(2).Integer(-1).Integer(2).Integer(-2).Bytes(new byte[32]).Integer(-3).Boolean(false)), ACode.PhonePerson, presented: true);

        // Signed and well-formed, and still not what a code may hold.
        yield return Claims("content-unknown-claim", "A claim that this format does not have.", NotAllowed, claims => claims.With(7, writer => writer.Bytes([1, 2, 3])));
        yield return Claims("content-text-claim", "A claim named by a text.", NotAllowed, claims => claims, payload: WithTextClaim);
        yield return Claims("content-cnf-more", "A device key with alg in it: a member that this format does not have.", NotAllowed, claims => claims.With(
            8, writer => writer.Map(1).Integer(1).Map(5).Integer(1).Integer(2).Integer(3).Integer(-7).Integer(-1).Integer(1).Integer(-2).Bytes(TestKeys.Of("device").PublicKey.X).Integer(-3).Boolean(false)), ACode.PhonePerson, presented: true);
        yield return Claims("content-address", "Claim 169 has an address; a code has none.", NotAllowed, claims => claims.With(
            Labels.Person, writer => writer.Map(3).Integer(1).Text("001X").Integer(4).Text("张*").Integer(10).Text("合肥市")));
        yield return Of("content-full-name", "A name without a mask.", ACode.PaperPerson with { Subject = new PersonClaims("张敏", "001X") });
        yield return Of("content-long-mask", "A mask that hides too little.", ACode.PaperPerson with { Subject = new PersonClaims("古丽娜*", "001X") with { MaskedName = "古丽娜尔*" } });
        yield return Of("content-paper-without-last-four", "Paper is compared with a document.", ACode.PaperPerson with { Subject = new PersonClaims("张*") });
        yield return Of("content-phone-with-last-four", "A phone's code shows the masked name and the level only.", ACode.PhonePerson with { Subject = new PersonClaims("张*", "001X") }, presented: true);
        yield return Of("content-person-without-level", "A person always has a level.", ACode.PaperPerson with { Level = null });
        yield return Of("content-enterprise-with-level", "An enterprise has none.", ACode.PaperEnterprise with { Level = 4 }, key: "enterprise");
        yield return Of("content-phone-without-key", "A phone credential that any phone could show.", ACode.PhonePerson with { Holder = null });
        yield return Of("content-paper-with-key", "Paper holds no key.", ACode.PaperPerson with { Holder = ACode.PhonePerson.Holder });
        yield return Of("content-expires-before-it-begins", "exp is not after iat.", ACode.PaperPerson with { ExpiresAt = ACode.PaperPerson.IssuedAt });
        yield return Of("content-begins-before-issue", "nbf before iat.", ACode.PaperPerson with { ValidFrom = ACode.PaperPerson.IssuedAt.AddSeconds(-1) });
        yield return Claims("content-nbf-says-nothing", "nbf that equals iat: one meaning, one encoding.", NotAllowed, claims => claims.With(5, writer => writer.Integer(ACode.PaperPerson.IssuedAt.ToUnixTimeSeconds())));
        yield return Claims("content-two-subjects", "A person and a vehicle in one.", NotAllowed, claims => claims.With(Labels.Vehicle, writer => writer.Map(2).Integer(1).Text("皖A00001").Integer(2).Text("02")));
    }

    private static Vector Payload(string name, string comment, Func<byte[], byte[]> change) => new(name, comment, Malformed) { Code = new ACode { ChangePayload = change } };

    private static Vector Claims(
        string name,
        string comment,
        string expect,
        Func<CborPairs, CborPairs> change,
        CredentialClaims? claims = null,
        string key = "person",
        bool presented = false,
        Func<byte[], byte[]>? payload = null) =>
        new(name, comment, expect)
        {
            Code = new ACode { Claims = claims ?? ACode.PaperPerson, Key = key, ChangeClaims = change, IsPresented = presented, ChangePayload = payload },
        };

    private static Vector Of(string name, string comment, CredentialClaims claims, string key = "person", bool presented = false) =>
        new(name, comment, NotAllowed) { Code = new ACode { Claims = claims, Key = key, IsPresented = presented } };

    // A text sorts after every integer.
    private static byte[] WithTextClaim(byte[] payload) => [(byte)(payload[0] + 1), .. payload.AsSpan(1), 0x61, (byte)'x', 0x00];
}
