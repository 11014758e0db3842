using OneCode.Wire;

namespace OneCode.Cli.Vectors;

/// <summary>Texts that are as expensive as a text can be: deep, wide, full of claims about lengths, or good until the last byte. For budgets.</summary>
internal static class HostileTexts
{
    // 8,188 characters after the prefix are 5,458 bytes.
    private const int Room = 5450;

    public static IEnumerable<string> All()
    {
        byte[] body = new byte[Room - 20];
        byte[][] messages =
        [
            [.. Enumerable.Repeat((byte)0x81, Room)],
            [.. Enumerable.Repeat((byte)0xa1, Room)],
            [.. Enumerable.Repeat((byte)0xd2, Room)],
            [0x9a, 0xff, 0xff, 0xff, 0xff, .. body],
            [0x99, 0x15, 0x10, .. body],
            [0xd2, 0x84, 0x59, 0x14, 0x00, 0xb9, 0x09, 0x00, .. body],

            // Everything right but the signature, so that all of it is hashed.
            new ACode { ChangePayloadAfterSigning = _ => new byte[Room - 120] }.Bytes(),
            new ACode { ChangeHeader = header => header.With(99, writer => writer.Bytes(new byte[Room - 200])) }.Bytes(),

            // Signed, so that all of it is read: 500 claims, a text of five kilobytes, and the same from a phone.
            new ACode { ChangeClaims = Many }.Bytes(),
            new ACode { ChangeClaims = claims => claims.With(Labels.Person, writer => writer.Map(1).Integer(4).Text(new string('*', Room - 220))) }.Bytes(),
            (ACode.Phone with { ChangeProofClaims = proof => proof.With(3, writer => writer.Text(new string('*', Room - 420))) }).Bytes(),
            (ACode.Phone with { ChangeClaims = claims => claims.With(7, writer => writer.Bytes(new byte[Room - 420])) }).Bytes(),
        ];
        return messages.Select(bytes => CodeText.Encode(bytes))
            .Append(CodeText.Encode(messages[6])[..^1] + "é")
            .Append(new string('A', CodeText.MaximumLength))
            .Append("OC1:" + new string(':', CodeText.MaximumLength - 4))
            .Append("https://" + new string('a', CodeText.MaximumLength - 8))
            .Append(CodeText.EncodePrint(messages[6], "c.example.cn"));
    }

    private static CborPairs Many(CborPairs claims)
    {
        for (var label = 1000; label < 1240; label++)
        {
            claims = claims.With(label, writer => writer.Bytes(new byte[16]));
        }

        return claims;
    }
}
