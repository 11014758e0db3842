using OneCode.Wire;

namespace OneCode.Cli.Vectors;

/// <summary>Every field of what is signed: missing, of another kind, one beyond its limit, and at its limit. A check that a decoder forgets shows here.</summary>
internal static class FieldVectors
{
    private const string Malformed = "Failed Malformed Claims";
    private const string Credit = "91349900MA2T000159";

    public static IEnumerable<Vector> All() => [.. Claims(), .. Subjects(), .. DeviceKeys(), .. TrustLists(), .. TrustedKeys(), .. StatusLists(), .. Types()];

    private static IEnumerable<Vector> Claims()
    {
        yield return Claim("claims-iss-empty", "A region of no letters.", Malformed, 1, value => value.Text(""));
        yield return Claim("claims-iss-bytes", "A region in a byte string.", Malformed, 1, value => value.Bytes("34"u8));
        yield return Claim("claims-iss-four-letters", "The longest region there may be: well-formed, and not the key's.", "Failed IssuerMismatch Scope", 1, value => value.Text("34AH"));
        yield return Claim("claims-nbf-text", "nbf as a text.", Malformed, 5, value => value.Text("now"));
        yield return Claim("claims-iat-text", "iat as a text.", Malformed, 6, value => value.Text("now"));
        yield return Claim("claims-no-iat", "No iat.", Malformed, 6, null);
        yield return Claim("claims-exp-9999", "The last second of the year 9999.", "Passed", 4, value => value.Integer(253402300799));
        yield return Claim("claims-exp-reserved-head", "A number whose head means nothing, with as many bytes behind it as it might mean.", Malformed, 4, value => value.Encoded([0x1c, 0, 0, 0, 0x3a, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
        yield return Claim("claims-level-0", "A level below the first.", Malformed, Labels.Level, value => value.Integer(0));
        yield return Claim("claims-level-text", "A level in words.", Malformed, Labels.Level, value => value.Text("2"));
        yield return Claim("claims-form-0", "No form at all.", Malformed, Labels.Form, value => value.Integer(0));
        yield return Claim("claims-form-text", "A form in words.", Malformed, Labels.Form, value => value.Text("paper"));
        yield return Claim("claims-status-map", "A status reference that is a map.", Malformed, Labels.Status, value => value.Map(1).Text("pm27110").Integer(7));
        yield return Claim("claims-status-list-empty", "A list without a name.", Malformed, Labels.Status, value => value.Array(2).Text("").Integer(7));
        yield return Claim("claims-status-list-number", "A list named by a number.", Malformed, Labels.Status, value => value.Array(2).Integer(7).Integer(7));
        yield return Claim("claims-status-list-upper-case", "A list in upper case.", Malformed, Labels.Status, value => value.Array(2).Text("PM27110").Integer(7));
        yield return Claim("claims-status-list-of-17", "A list's name of 17 letters.", Malformed, Labels.Status, value => value.Array(2).Text(new string('p', 17)).Integer(7));
        yield return Claim("claims-status-list-of-16", "The longest name of a list: well-formed, and nobody has such a list.", "Indeterminate StatusUnknown Confidence", Labels.Status, value => value.Array(2).Text(new string('p', 16)).Integer(7), withStatus: true);
        yield return Claim("claims-status-index-text", "An index in words.", Malformed, Labels.Status, value => value.Array(2).Text("pm27110").Text("7"));
        yield return Claim("claims-status-index-largest", "The greatest index: well-formed, and beyond the list's end.", "Indeterminate NotCovered Confidence", Labels.Status, value => value.Array(2).Text("pm27110").Integer(2147483647), withStatus: true);
        yield return Claim("claims-status-index-first", "The first index.", "Passed", Labels.Status, value => value.Array(2).Text("pm27110").Integer(0), withStatus: true);
        yield return Claim("claims-status-index-last", "The last index of the list.", "Passed", Labels.Status, value => value.Array(2).Text("pm27110").Integer(1023), withStatus: true);
        yield return Claim("claims-status-index-one-beyond", "The number of entries as an index.", "Indeterminate NotCovered Confidence", Labels.Status, value => value.Array(2).Text("pm27110").Integer(1024), withStatus: true);
    }

    private static IEnumerable<Vector> Subjects()
    {
        yield return Person("claims-person-array", "A person who is an array.", Malformed, value => value.Array(1).Text("张*"));
        yield return Person("claims-person-no-name", "A person without a name.", Malformed, value => value.Map(1).Integer(1).Text("001X"));
        yield return Person("claims-person-name-empty", "A name of no letters.", Malformed, value => value.Map(2).Integer(1).Text("001X").Integer(4).Text(""));
        yield return Person("claims-person-name-bytes", "A name in a byte string.", Malformed, value => value.Map(2).Integer(1).Text("001X").Integer(4).Bytes("*"u8));
        yield return Person("claims-person-name-of-128", "The longest name.", "Passed", value => value.Map(2).Integer(1).Text("001X").Integer(4).Text("张" + new string('*', 125)), withStatus: true);
        yield return Person("claims-person-name-of-129", "A name of a byte more.", Malformed, value => value.Map(2).Integer(1).Text("001X").Integer(4).Text("张" + new string('*', 126)));
        yield return Person("claims-person-name-space", "A space is the first character that a name may have.", "Passed", value => value.Map(2).Integer(1).Text("0010").Integer(4).Text("A *~"), withStatus: true);
        yield return Person("claims-person-name-delete", "DEL in a name.", Malformed, value => value.Map(2).Integer(1).Text("001X").Integer(4).Text("*\u007f"));
        yield return Person("claims-person-name-last-control", "The last of the C1 control characters.", Malformed, value => value.Map(2).Integer(1).Text("001X").Integer(4).Text("*\u009f"));
        yield return Person("claims-person-name-no-break-space", "The first character behind the C1 control characters.", "Passed", value => value.Map(2).Integer(1).Text("001X").Integer(4).Text("*\u00a0"), withStatus: true);
        yield return Person("claims-person-name-of-emoji", "Characters beyond the basic plane count as one: three may be seen, however many code units they are.", "Passed", value => value.Map(2).Integer(1).Text("001X").Integer(4).Text("𠀀𠀁𠀂*"), withStatus: true);
        yield return Person("content-four-seen", "Four characters to be seen.", "Failed ContentNotAllowed Claims", value => value.Map(2).Integer(1).Text("001X").Integer(4).Text("𠀀𠀁𠀂𠀃*"));
        yield return Person("content-person-more", "A member that a person does not have.", "Failed ContentNotAllowed Claims", value => value.Map(3).Integer(1).Text("001X").Integer(4).Text("张*").Text("tel").Text("138"));
        yield return Person("claims-last-four-of-three", "Three digits where four are.", Malformed, value => value.Map(2).Integer(1).Text("001").Integer(4).Text("张*"));
        yield return Person("claims-last-four-of-five", "Five.", Malformed, value => value.Map(2).Integer(1).Text("00010").Integer(4).Text("张*"));
        yield return Person("claims-last-four-x-first", "X stands last or nowhere.", Malformed, value => value.Map(2).Integer(1).Text("X001").Integer(4).Text("张*"));
        yield return Person("claims-last-four-y", "A letter that is no check digit.", Malformed, value => value.Map(2).Integer(1).Text("001Y").Integer(4).Text("张*"));
        yield return Person("claims-last-four-number", "Four digits as a number.", Malformed, value => value.Map(2).Integer(1).Integer(1234).Integer(4).Text("张*"));

        yield return Enterprise("claims-enterprise-array", "An enterprise that is an array.", value => value.Array(0));
        yield return Enterprise("claims-enterprise-no-code", "An enterprise without its number.", value => value.Map(2).Integer(2).Text("x").Integer(3).Text("1100"));
        yield return Enterprise("claims-enterprise-no-name", "An enterprise without a name.", value => value.Map(2).Integer(1).Text(Credit).Integer(3).Text("1100"));
        yield return Enterprise("claims-enterprise-no-kind", "An enterprise of no kind.", value => value.Map(2).Integer(1).Text(Credit).Integer(2).Text("x"));
        yield return Enterprise("claims-credit-code-of-17", "A credit code of 17.", value => value.Map(3).Integer(1).Text(Credit[1..]).Integer(2).Text("x").Integer(3).Text("1100"));
        yield return Enterprise("claims-credit-code-lower-case", "A credit code in lower case.", value => value.Map(3).Integer(1).Text("91349900ma2t000159").Integer(2).Text("x").Integer(3).Text("1100"));
        yield return Enterprise("claims-credit-code-number", "A credit code as a number.", value => value.Map(3).Integer(1).Integer(913499).Integer(2).Text("x").Integer(3).Text("1100"));
        yield return Enterprise("claims-enterprise-name-empty", "A name of no letters.", value => value.Map(3).Integer(1).Text(Credit).Integer(2).Text("").Integer(3).Text("1100"));
        yield return Enterprise("claims-enterprise-name-of-129", "A name of 129 bytes.", value => value.Map(3).Integer(1).Text(Credit).Integer(2).Text(new string('x', 129)).Integer(3).Text("1100"));
        yield return Enterprise("claims-enterprise-name-number", "A name that is a number.", value => value.Map(3).Integer(1).Text(Credit).Integer(2).Integer(1).Integer(3).Text("1100"));
        yield return Enterprise("claims-kind-code-of-9", "A kind code of nine bytes.", value => value.Map(3).Integer(1).Text(Credit).Integer(2).Text("x").Integer(3).Text("110011001"));
        yield return Enterprise("claims-kind-code-number", "A kind code as a number.", value => value.Map(3).Integer(1).Text(Credit).Integer(2).Text("x").Integer(3).Integer(1100));
        yield return Enterprise("claims-enterprise-day-negative", "An end before 1970.", value => value.Map(4).Integer(1).Text(Credit).Integer(2).Text("x").Integer(3).Text("1100").Integer(4).Integer(-1));
        yield return Enterprise("claims-enterprise-day-beyond", "An end after the year 9999.", value => value.Map(4).Integer(1).Text(Credit).Integer(2).Text("x").Integer(3).Text("1100").Integer(4).Integer(2932897));
        yield return Enterprise("claims-enterprise-day-text", "An end as a text.", value => value.Map(4).Integer(1).Text(Credit).Integer(2).Text("x").Integer(3).Text("1100").Integer(4).Text("2046-08-31"));
        yield return Enterprise("claims-enterprise-longest", "Every field as long as it may be, the end on the last day of the year 9999.", value => value
            .Map(4).Integer(1).Text(Credit).Integer(2).Text(new string('x', 128)).Integer(3).Text("11001100").Integer(4).Integer(2932896), "Passed");
        yield return Enterprise("content-enterprise-more", "A member that an enterprise does not have.", value => value.Map(4).Integer(1).Text(Credit).Integer(2).Text("x").Integer(3).Text("1100").Integer(5).Text("y"), "Failed ContentNotAllowed Claims");

        yield return Vehicle("claims-vehicle-array", "A vehicle that is an array.", value => value.Array(0));
        yield return Vehicle("claims-vehicle-no-plate", "A vehicle without a plate.", value => value.Map(1).Integer(2).Text("02"));
        yield return Vehicle("claims-vehicle-no-kind", "A plate of no kind.", value => value.Map(1).Integer(1).Text("皖A00001"));
        yield return Vehicle("claims-plate-of-25", "A plate of 25 bytes.", value => value.Map(2).Integer(1).Text(new string('A', 25)).Integer(2).Text("02"));
        yield return Vehicle("claims-plate-empty", "A plate of nothing.", value => value.Map(2).Integer(1).Text("").Integer(2).Text("02"));
        yield return Vehicle("claims-plate-number", "A plate that is a number.", value => value.Map(2).Integer(1).Integer(1).Integer(2).Text("02"));
        yield return Vehicle("claims-plate-kind-of-one", "A kind of one digit.", value => value.Map(2).Integer(1).Text("皖A00001").Integer(2).Text("2"));
        yield return Vehicle("claims-plate-kind-letter-first", "A letter in a kind.", value => value.Map(2).Integer(1).Text("皖A00001").Integer(2).Text("A2"));
        yield return Vehicle("claims-plate-kind-letter-last", "A letter in a kind.", value => value.Map(2).Integer(1).Text("皖A00001").Integer(2).Text("0A"));
        yield return Vehicle("claims-plate-kind-number", "A kind as a number.", value => value.Map(2).Integer(1).Text("皖A00001").Integer(2).Integer(2));
        yield return Vehicle("claims-vehicle-day-text", "An inspection as a text.", value => value.Map(3).Integer(1).Text("皖A00001").Integer(2).Text("02").Integer(3).Text("2027-11-30"));
        yield return Vehicle("claims-vehicle-longest", "Every field as long as it may be.", value => value.Map(3).Integer(1).Text(new string('A', 24)).Integer(2).Text("02").Integer(3).Integer(0), "Passed");
        yield return Vehicle("content-vehicle-more", "A member that a vehicle does not have.", value => value.Map(3).Integer(1).Text("皖A00001").Integer(2).Text("02").Integer(4).Integer(1), "Failed ContentNotAllowed Claims");
    }

    private static IEnumerable<Vector> DeviceKeys()
    {
        var x = TestKeys.Of("device").PublicKey.X.ToArray();
        var isOdd = ACode.PhonePerson.Holder!.YIsOdd;
        yield return Holder("claims-cnf-array", "cnf as an array.", value => value.Array(0));
        yield return Holder("claims-cnf-empty", "cnf without a key.", value => value.Map(0));
        yield return Holder("claims-cnf-kid", "cnf that only names a key: a verifier has no such key.", value => value.Map(1).Integer(3).Bytes([1, 2, 3]));
        yield return Holder("content-cnf-kid-too", "cnf with a key, and its name beside it.", value => value.Map(2).Integer(1).Map(4).Integer(1).Integer(2).Integer(-1).Integer(1).Integer(-2).Bytes(x).Integer(-3).Boolean(isOdd).Integer(3).Bytes([1]), "Failed ContentNotAllowed Claims");
        yield return Holder("claims-cnf-key-array", "A key that is an array.", value => value.Map(1).Integer(1).Array(0));
        yield return Holder("claims-cnf-no-type", "A key without its kind.", value => value.Map(1).Integer(1).Map(3).Integer(-1).Integer(1).Integer(-2).Bytes(x).Integer(-3).Boolean(isOdd));
        yield return Holder("claims-cnf-okp", "A key of another kind.", value => value.Map(1).Integer(1).Map(4).Integer(1).Integer(1).Integer(-1).Integer(1).Integer(-2).Bytes(x).Integer(-3).Boolean(isOdd));
        yield return Holder("claims-cnf-no-curve", "A key without a curve.", value => value.Map(1).Integer(1).Map(3).Integer(1).Integer(2).Integer(-2).Bytes(x).Integer(-3).Boolean(isOdd));
        yield return Holder("claims-cnf-no-x", "A key without x.", value => value.Map(1).Integer(1).Map(3).Integer(1).Integer(2).Integer(-1).Integer(1).Integer(-3).Boolean(isOdd));
        yield return Holder("claims-cnf-no-y", "A key without y.", value => value.Map(1).Integer(1).Map(3).Integer(1).Integer(2).Integer(-1).Integer(1).Integer(-2).Bytes(x));
        yield return Holder("claims-cnf-y-bytes", "y in full: the format has its parity.", value => value.Map(1).Integer(1).Map(4).Integer(1).Integer(2).Integer(-1).Integer(1).Integer(-2).Bytes(x).Integer(-3).Bytes(TestKeys.Of("device").PublicKey.Y));
        yield return Holder("claims-cnf-y-number", "The parity as a number.", value => value.Map(1).Integer(1).Map(4).Integer(1).Integer(2).Integer(-1).Integer(1).Integer(-2).Bytes(x).Integer(-3).Integer(1));
        yield return Holder("claims-cnf-x-text", "x as a text.", value => value.Map(1).Integer(1).Map(4).Integer(1).Integer(2).Integer(-1).Integer(1).Integer(-2).Text(new string('x', 32)).Integer(-3).Boolean(isOdd));
    }

    private static IEnumerable<Vector> TrustLists()
    {
        var issuedAt = World.TrustContent.IssuedAt.ToUnixTimeSeconds();
        yield return Trust("array", "An array.", _ => CborPairs.Encode(value => value.Array(0)));
        yield return Trust("trailing-in-payload", "A byte after the payload's map.", payload => [.. payload.ToBytes(), 0x00]);
        yield return Trust("member-more", "A member that SPEC does not have.", payload => payload.With(7, value => value.Integer(0)).ToBytes());
        yield return Trust("member-fewer", "No ttl.", payload => payload.Without(-2).ToBytes());
        yield return Trust("publisher-empty", "A publisher of no letters.", payload => payload.With(1, value => value.Text("")).ToBytes());
        yield return Trust("publisher-lower-case", "A publisher in lower case.", payload => payload.With(1, value => value.Text("ah")).ToBytes());
        yield return Trust("publisher-of-five", "A publisher of five letters.", payload => payload.With(1, value => value.Text("34000")).ToBytes());
        yield return Trust("publisher-other-label", "Another label where the publisher's is.", payload => payload.Without(1).With(2, value => value.Text("34")).ToBytes());
        yield return Trust("exp-text", "exp as a text.", payload => payload.With(4, value => value.Text("never")).ToBytes());
        yield return Trust("exp-beyond-9999", "exp after the year 9999.", payload => payload.With(4, value => value.Integer(253402300800)).ToBytes());
        yield return Trust("exp-other-label", "Another label where exp's is.", payload => payload.Without(4).With(5, value => value.Integer(4102444800)).ToBytes());
        yield return Trust("exp-is-iat", "exp at iat.", payload => payload.With(4, value => value.Integer(issuedAt)).ToBytes());
        yield return Trust("iat-negative", "iat before 1970.", payload => payload.With(6, value => value.Integer(-1)).ToBytes());
        yield return Trust("iat-beyond-exp", "iat after exp.", payload => payload.With(6, value => value.Integer(World.TrustContent.ExpiresAt.ToUnixTimeSeconds() + 1)).ToBytes());
        yield return Trust("iat-other-label", "Another label where iat's is.", payload => payload.Without(6).With(7, value => value.Integer(issuedAt)).ToBytes());
        yield return Trust("version-text", "A version in words.", payload => payload.With(-1, value => value.Text("7")).ToBytes());
        yield return Trust("version-too-large", "A version that JavaScript cannot count with.", payload => payload.With(-1, value => value.Encoded([0x1b, 0, 0x20, 0, 0, 0, 0, 0, 0])).ToBytes());
        yield return Trust("ttl-zero", "A ttl of nothing.", payload => payload.With(-2, value => value.Integer(0)).ToBytes());
        yield return Trust("ttl-too-long", "A ttl of a second more than 366 days.", payload => payload.With(-2, value => value.Integer(31622401)).ToBytes());
        yield return Trust("no-keys", "Not one key.", payload => payload.With(-3, value => value.Array(0)).ToBytes());
        yield return Trust("keys-map", "A map where keys belong.", payload => payload.With(-3, value => value.Map(0)).ToBytes());
        yield return Trust("keys-number", "A number where a key belongs.", payload => payload.With(-3, value => value.Array(1).Integer(1)).ToBytes());
        yield return Accepted("trust-list-at-limits", "The greatest version, the longest ttl.", payload => payload.With(-1, value => value.Integer(9007199254740991)).With(-2, value => value.Integer(31622400)).ToBytes());
        yield return Accepted("trust-list-least", "Version 1, a ttl of one second.", payload => payload.With(-1, value => value.Integer(1)).With(-2, value => value.Integer(1)).ToBytes());
    }

    // Each about the first key, whose code is judged then.
    private static IEnumerable<Vector> TrustedKeys()
    {
        var key = World.TrustContent.Keys[0];
        yield return Key("key-array", "An entry that is an array.", _ => CborPairs.Encode(value => value.Array(0)));
        yield return Key("key-without-end", "An entry without its end.", entry => entry.Without(5).ToBytes());
        yield return Key("key-member-more", "A member that SPEC does not have.", entry => entry.With(9, value => value.Integer(1)).ToBytes());
        yield return Key("key-member-text", "A member named by a text.", entry => [(byte)(entry.ToBytes()[0] + 1), .. entry.ToBytes()[1..], 0x61, (byte)'x', 0x00]);
        yield return Key("key-issuer-lower-case", "A region in lower case.", entry => entry.With(2, value => value.Text("ah")).ToBytes());
        yield return Key("key-issuer-empty", "A region of no letters.", entry => entry.With(2, value => value.Text("")).ToBytes());
        yield return Key("key-purpose-zero", "A key for nothing.", entry => entry.With(3, value => value.Integer(0)).ToBytes());
        yield return Key("key-purpose-five", "A fifth purpose.", entry => entry.With(3, value => value.Integer(5)).ToBytes());
        yield return Key("key-from-negative", "In force from before 1970.", entry => entry.With(4, value => value.Integer(-1)).ToBytes());
        yield return Key("key-until-beyond-9999", "In force beyond the year 9999.", entry => entry.With(5, value => value.Integer(253402300800)).ToBytes());
        yield return Key("key-until-is-from", "In force for no time.", entry => entry.With(5, value => value.Integer(key.From.ToUnixTimeSeconds())).ToBytes());
        yield return Key("key-template-empty", "A template of nothing.", entry => entry.With(6, value => value.Text("")).ToBytes());
        yield return Key("key-template-number", "A template that is a number.", entry => entry.With(6, value => value.Integer(1)).ToBytes());
        yield return Key("key-template-of-256", "A template of 256 bytes.", entry => entry.With(6, value => value.Text(World.Template34.PadRight(256, 'x'))).ToBytes());
        yield return Key("key-template-twice", "{list} twice in a template.", entry => entry.With(6, value => value.Text("https://s.example.cn/{list}/{list}")).ToBytes());
        yield return Key("key-template-not-ascii", "A template with a character that is no ASCII.", entry => entry.With(6, value => value.Text("https://s.例.cn/{list}")).ToBytes());
        yield return Key("key-floor-negative", "A floor before 1970.", entry => entry.With(7, value => value.Integer(-1)).ToBytes());
        yield return Key("key-withdrawn-text", "Withdrawn in words.", entry => entry.With(8, value => value.Text("yesterday")).ToBytes());
        yield return Key("key-public-array", "A key that is an array.", entry => entry.With(1, value => value.Array(0)).ToBytes());
        yield return Key("key-public-more", "A key with a name in it.", entry => PublicKey(entry, members => members.With(2, value => value.Bytes([1]))));
        yield return Key("key-public-no-y", "A key without y.", entry => PublicKey(entry, members => members.Without(-3)));
        yield return Key("key-public-type-other", "A key of another kind.", entry => PublicKey(entry, members => members.With(1, value => value.Integer(1))));
        yield return Key("key-public-type-label", "Another label where the kind's is.", entry => PublicKey(entry, members => members.Without(1).With(0, value => value.Integer(2))));
        yield return Key("key-public-algorithm-label", "Another label where the algorithm's is.", entry => PublicKey(entry, members => members.Without(3).With(4, value => value.Integer(-7))));
        yield return Key("key-public-algorithm-text", "An algorithm in words.", entry => PublicKey(entry, members => members.With(3, value => value.Text("ES256"))));
        yield return Key("key-public-algorithm-other", "An algorithm that is not the curve's.", entry => PublicKey(entry, members => members.With(3, value => value.Integer(-8))));
        yield return Key("key-public-curve-other", "A curve that is not the algorithm's.", entry => PublicKey(entry, members => members.With(-1, value => value.Integer(2))));
        yield return Key("key-public-curve-text", "A curve in words.", entry => PublicKey(entry, members => members.With(-1, value => value.Text("P-256"))));
        yield return Key("key-public-x-short", "x of 31 bytes.", entry => PublicKey(entry, members => members.With(-2, value => value.Bytes(key.PublicKey.X[1..]))));
        yield return Key("key-public-y-long", "y of 33 bytes.", entry => PublicKey(entry, members => members.With(-3, value => value.Bytes([0, .. key.PublicKey.Y]))));
        yield return Key("key-public-y-label", "Another label where y's is.", entry => PublicKey(entry, members => members.Without(-3).With(-4, value => value.Bytes(key.PublicKey.Y))));
        yield return Accepted("trust-list-key-template-of-255", "The longest template.", payload => Entry(payload, entry => entry.With(6, value => value.Text("https://s.example.cn/34/{list}".PadRight(255, 'x'))).ToBytes()), "Indeterminate StatusUnknown Confidence");
        yield return Accepted("trust-list-key-template-tilde", "The first and the last character that a template may have.", payload => Entry(payload, entry => entry.With(6, value => value.Text("!{list}~")).ToBytes()), "Indeterminate StatusUnknown Confidence");
        yield return Accepted("trust-list-key-from-1970", "In force from the first second to the last.", payload => Entry(payload, entry => entry.With(4, value => value.Integer(0)).With(5, value => value.Integer(253402300799)).ToBytes()));
        yield return Accepted("trust-list-key-from-iat", "In force from the very second of iat.", payload => Entry(payload, entry => entry.With(4, value => value.Integer(ACode.PaperPerson.IssuedAt.ToUnixTimeSeconds())).ToBytes()));
        yield return Accepted("trust-list-key-until-iat", "In force until the very second of iat: until is the first second that is too late.",
            payload => Entry(payload, entry => entry.With(5, value => value.Integer(ACode.PaperPerson.IssuedAt.ToUnixTimeSeconds())).ToBytes()), "Failed KeyNotInForce Scope");
        yield return Accepted("trust-list-key-floor-met", "A list issued at the very second of the floor.", payload => Entry(payload, entry => entry.With(7, value => value.Integer(World.StatusContent("pm27110").IssuedAt.ToUnixTimeSeconds())).ToBytes()));
    }

    private static IEnumerable<Vector> StatusLists()
    {
        var content = World.StatusContent("pm27110");
        var lst = content.List.Deflate();
        yield return Status("array", "An array.", _ => CborPairs.Encode(value => value.Array(0)));
        yield return Status("trailing", "A byte after the payload's map.", payload => [.. payload.ToBytes(), 0x00]);
        yield return Status("member-more", "A member that SPEC does not have.", payload => payload.With(1, value => value.Text("34")).ToBytes());
        yield return Status("no-sub", "No sub.", payload => payload.Without(Labels.Subject).With(3, value => value.Text(content.Uri)).ToBytes());
        yield return Status("sub-empty", "A sub of nothing.", payload => payload.With(Labels.Subject, value => value.Text("")).ToBytes());
        yield return Status("sub-of-256", "A sub of 256 bytes.", payload => payload.With(Labels.Subject, value => value.Text(content.Uri.PadRight(256, 'x'))).ToBytes());
        yield return Status("exp-text", "exp as a text.", payload => payload.With(Labels.ExpiresAt, value => value.Text("never")).ToBytes());
        yield return Status("exp-other-label", "nbf where exp is.", payload => payload.Without(Labels.ExpiresAt).With(5, value => value.Integer(content.ExpiresAt.ToUnixTimeSeconds())).ToBytes());
        yield return Status("iat-negative", "iat before 1970.", payload => payload.With(Labels.IssuedAt, value => value.Integer(-1)).ToBytes());
        yield return Status("iat-other-label", "cti where iat is.", payload => payload.Without(Labels.IssuedAt).With(7, value => value.Integer(content.IssuedAt.ToUnixTimeSeconds())).ToBytes());
        yield return Status("list-array", "A status list that is an array.", payload => payload.With(Labels.StatusList, value => value.Array(0)).ToBytes());
        yield return Status("list-other-label", "Another label where the list's is.", payload => payload.Without(Labels.StatusList).With(65532, value => value.Map(2).Text("lst").Bytes(lst).Text("bits").Integer(2)).ToBytes());
        yield return Status("list-of-one", "A status list without bits.", payload => payload.With(Labels.StatusList, value => value.Map(1).Text("lst").Bytes(lst)).ToBytes());
        yield return Status("list-of-four", "A status list of four members.", payload => payload.With(Labels.StatusList, value => value.Map(4).Text("lst").Bytes(lst).Text("bits").Integer(2).Text("other").Integer(1).Text("aggregation_uri").Text("https://s.example.cn/34")).ToBytes());
        yield return Status("lst-name", "Another name where lst is.", payload => payload.With(Labels.StatusList, value => value.Map(2).Text("lsu").Bytes(lst).Text("bits").Integer(2)).ToBytes());
        yield return Status("lst-named-by-number", "A number where the name lst is.", payload => payload.With(Labels.StatusList, value => value.Map(2).Integer(1).Bytes(lst).Text("bits").Integer(2)).ToBytes());
        yield return Status("lst-text", "lst as a text.", payload => payload.With(Labels.StatusList, value => value.Map(2).Text("lst").Text("eNo").Text("bits").Integer(2)).ToBytes());
        yield return Status("bits-name", "Another name where bits is.", payload => payload.With(Labels.StatusList, value => value.Map(2).Text("lst").Bytes(lst).Text("bitt").Integer(2)).ToBytes());
        yield return Status("bits-zero", "No bits an entry.", payload => payload.With(Labels.StatusList, value => value.Map(2).Text("lst").Bytes(lst).Text("bits").Integer(0)).ToBytes());
        yield return Status("bits-three", "Three bits an entry.", payload => payload.With(Labels.StatusList, value => value.Map(2).Text("lst").Bytes(lst).Text("bits").Integer(3)).ToBytes());
        yield return Status("bits-text", "bits in words.", payload => payload.With(Labels.StatusList, value => value.Map(2).Text("lst").Bytes(lst).Text("bits").Text("2")).ToBytes());
        yield return Status("aggregation-of-256", "An aggregation_uri of 256 bytes.", payload => payload.With(Labels.StatusList, value => value.Map(3).Text("lst").Bytes(lst).Text("bits").Integer(2).Text("aggregation_uri").Text(content.Uri.PadRight(256, 'x'))).ToBytes());
        yield return Status("aggregation-named-by-bytes", "aggregation_uri named by a byte string, which sorts first.", payload => payload.With(Labels.StatusList, value => value.Map(3).Bytes("aggregation_uri"u8).Text("https://s.example.cn/34").Text("lst").Bytes(lst).Text("bits").Integer(2)).ToBytes());
        yield return Status("ttl-zero", "A ttl of nothing.", payload => payload.With(Labels.TimeToLive, value => value.Integer(0)).ToBytes());
        yield return Status("ttl-too-long", "A ttl of a second more than 366 days.", payload => payload.With(Labels.TimeToLive, value => value.Integer(31622401)).ToBytes());
        yield return Status("ttl-other-label", "Another label where ttl's is.", payload => payload.Without(Labels.TimeToLive).With(65535, value => value.Integer(900)).ToBytes());
        yield return Status("lst-one-byte-too-large", "A list of one byte more than the limit.", payload => payload.With(Labels.StatusList, value => value.Map(2).Text("lst").Bytes(Zlib.Deflate(new byte[StatusList.MaximumBytes + 1])).Text("bits").Integer(1)).ToBytes());
        yield return new("status-list-largest", "A list as large as one may be.", "Passed")
        {
            Code = new ACode { Claims = ACode.PaperPerson with { Status = new StatusReference("pm27110", (StatusList.MaximumBytes * 4) - 1) } },
            StatusLists = [World.SignStatusPayload(new CborPairs(StatusListToken.WritePayload(content)).With(Labels.StatusList, value => value.Map(2).Text("lst").Bytes(Zlib.Deflate(new byte[StatusList.MaximumBytes])).Text("bits").Integer(2)).ToBytes())],
        };
        yield return new("status-list-longest-ttl", "The longest ttl.", "Passed")
        {
            Code = new ACode(),
            StatusLists = [World.SignStatus(content with { TimeToLive = TimeSpan.FromSeconds(31622400) })],
        };
    }

    // Headers of status lists.
    private static IEnumerable<Vector> Types()
    {
        yield return Header("status-list-header-more", "crit in the header.", header => header.With(2, value => value.Array(0)));
        yield return Header("status-list-header-label-behind", "A label behind typ.", header => header.With(17, value => value.Integer(0)));
        yield return Header("status-list-header-no-kid", "No kid.", header => header.Without(Labels.KeyId));
        yield return Header("status-list-header-kid-short", "A kid of seven bytes.", header => header.With(Labels.KeyId, value => value.Bytes(new byte[7])));
        yield return Header("status-list-header-alg-text", "alg as a text.", header => header.With(Labels.Algorithm, value => value.Text("ES256")));
        yield return Header("status-list-header-no-alg", "No alg, and a label more.", header => header.Without(Labels.Algorithm).With(3, value => value.Integer(1)));
        yield return Header("status-list-header-no-type", "No typ.", header => header.Without(Labels.Type), StatusListRejection.UnexpectedType);
        yield return Header("status-list-header-type-number", "typ as a number.", header => header.With(Labels.Type, value => value.Integer(Labels.TrustListType)), StatusListRejection.UnexpectedType);
    }

    private static Vector Claim(string name, string comment, string expect, long label, Action<CborWriter>? value, bool withStatus = false) =>
        Of(name, comment, expect, new ACode { ChangeClaims = claims => value is null ? claims.Without(label) : claims.With(label, value) }, withStatus);

    private static Vector Person(string name, string comment, string expect, Action<CborWriter> value, bool withStatus = false) =>
        Of(name, comment, expect, new ACode { ChangeClaims = claims => claims.With(Labels.Person, value) }, withStatus);

    private static Vector Enterprise(string name, string comment, Action<CborWriter> value, string expect = Malformed) =>
        Of(name, comment, expect, new ACode { Key = "enterprise", Claims = ACode.PaperEnterprise, ChangeClaims = claims => claims.With(Labels.Enterprise, value) }, expect == "Passed");

    private static Vector Vehicle(string name, string comment, Action<CborWriter> value, string expect = Malformed) =>
        Of(name, comment, expect, new ACode { Key = "vehicle", Claims = ACode.PaperVehicle, ChangeClaims = claims => claims.With(Labels.Vehicle, value) }, expect == "Passed");

    private static Vector Holder(string name, string comment, Action<CborWriter> value, string expect = Malformed) =>
        Of(name, comment, expect, ACode.Phone with { ChangeClaims = claims => claims.With(Labels.Confirmation, value) }, withStatus: false);

    // No status where none is asked for: the files stay small.
    private static Vector Of(string name, string comment, string expect, ACode code, bool withStatus) =>
        new(name, comment, expect) { Code = code, StatusLists = withStatus || expect == "Passed" ? World.StatusLists : [] };

    private static Vector Trust(string name, string comment, Func<CborPairs, byte[]> change) => new("trust-list-" + name, comment, "Indeterminate TrustMissing Key")
    {
        Code = new ACode(),
        TrustLists = [Signed(change)],
        StatusLists = [],
        RefusedTrustLists = new Dictionary<int, TrustListRejection> { [0] = TrustListRejection.Malformed },
    };

    private static Vector Key(string name, string comment, Func<CborPairs, byte[]> change) => Trust(name, comment, payload => Entry(payload, change));

    private static Vector Accepted(string name, string comment, Func<CborPairs, byte[]> change, string expect = "Passed") => new(name, comment, expect) { Code = new ACode(), TrustLists = [Signed(change)] };

    private static byte[] Signed(Func<CborPairs, byte[]> change) => World.SignTrustPayload(change(new CborPairs(TrustListCodec.Write(World.TrustContent))), ["root-1", "root-2"]);

    private static byte[] Entry(CborPairs payload, Func<CborPairs, byte[]> change)
    {
        var keys = new CborPairs(payload.ToBytes()).Value(-3);
        var reader = new CborReader(keys);
        _ = reader.TryReadArray(out var count);
        var entries = new List<byte[]>();
        for (var i = 0; i < count; i++)
        {
            entries.Add(reader.ReadEncoded().ToArray());
        }

        entries[0] = change(new CborPairs(entries[0]));
        return payload.With(-3, value =>
        {
            value.Array(count);
            entries.ForEach(entry => value.Encoded(entry));
        }).ToBytes();
    }

    private static byte[] PublicKey(CborPairs entry, Func<CborPairs, CborPairs> change)
    {
        var key = change(new CborPairs(entry.Value(1))).ToBytes();
        return entry.With(1, value => value.Encoded(key)).ToBytes();
    }

    private static Vector Status(string name, string comment, Func<CborPairs, byte[]> change) => Refused(
        "status-list-payload-" + name, comment, World.SignStatusPayload(change(new CborPairs(StatusListToken.WritePayload(World.StatusContent("pm27110"))))), StatusListRejection.Malformed);

    private static Vector Header(string name, string comment, Func<CborPairs, CborPairs> change, StatusListRejection rejection = StatusListRejection.Malformed)
    {
        var header = change(new CborPairs(new CborWriter().Map(3)
            .Integer(Labels.Algorithm).Integer(-7).Integer(Labels.KeyId).Bytes(TestKeys.Of("status").KeyId.ToBytes()).Integer(Labels.Type).Text(Labels.StatusListType).ToArray())).ToBytes();
        var payload = StatusListToken.WritePayload(World.StatusContent("pm27110"));
        return Refused(name, comment, CoseSign1.Write(header, payload, TestKeys.Sign("status", CoseSign1.ToBeSigned(header, payload))), rejection);
    }

    private static Vector Refused(string name, string comment, byte[] list, StatusListRejection rejection) => new(name, comment, "Indeterminate StatusUnknown Confidence")
    {
        Code = new ACode(),
        StatusLists = [list],
        RefusedStatusLists = new Dictionary<int, StatusListRejection> { [0] = rejection },
    };
}
