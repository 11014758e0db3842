using OneCode.Wire;

namespace OneCode.Cli.Vectors;

/// <summary>
/// What is CBOR here and what is none (SPEC 1), each as the value of a claim that nobody knows: where it is read past, the claim is not allowed; where it is refused, the
/// whole is malformed. The claim is the last, so that whatever is missing is missing at the end.
/// </summary>
internal static class CborVectors
{
    private const long Unknown = Labels.Form - 1;

    private static readonly string[] Taken =
    [
        "00", "17", "1818", "18ff", "190100", "19ffff", "1a00010000", "1affffffff", "1b0000000100000000", "1b001fffffffffffff",
        "20", "37", "3818", "390100", "3a00010000", "3b0000000100000000", "3b001ffffffffffffe",
        "40", "4100", Head("5818", 24), Head("58ff", 255), Head("590100", 256), "60", "6100", "617f", "62c3a9", "63e2ad90", "64f09f9880",
        "80", "8100", Head("9818", 24), "a0", "a10000", "a2000018ff00", "a3000020002100", "a200002000", "a220004000", "a260008000", "a2f400f500", "a20000d20000",
        "f4", "f5", "d200", "d86200", "d2d86200",
        Deep("81", 7), Deep("a100", 7), Deep("d2", 7), Deep("d862", 7),
    ];

    private static readonly string[] Refused =
    [
        "", "0000", "1800", "1817", "190000", "1900ff", "1a00000000", "1a0000ffff", "1b0000000000000000", "1b00000000ffffffff", "1b0020000000000000", "1bffffffffffffffff",
        "3800", "3817", "3900ff", "3a0000ffff", "3b00000000ffffffff", "3b001fffffffffffff", "3bffffffffffffffff",
        "18", "19", "1900", "1a", "1a000100", "1b", "1b00000001000000",
        "1c", "1d", "1e", "1f", "1c00000001000000000000000000000000", "1d0000000100000000" + Zeros(24), "1e0000000100000000" + Zeros(56), "1f0000000100000000" + Zeros(120), "5f4100ff", "7f6100ff", "9f00ff", "9fff", "bf0000ff", "bfff", "ff", "3f", "df00",
        "41", "5800", "581700", Head("5900ff", 255), "5affffffff", "5bffffffffffffffff", "5b7fffffffffffffff", "5c", "61", "61c3", "61ff", "6180", "62c0af", "62c328", "63e08080", "63eda080", "64f4908080", "65f888808080",
        "81", "82", "8200", "980100", Head("9817", 23), "990001", "9affffffff", "9bffffffffffffffff", "9bffffffffffffffff00",
        "a1", "a100", "a20000", "a2000000", "a200000000", "a201000000", "a220000000", "a21818000000", "a240002000", "a260004000", "a2f500f400", "a2616200616100", "a2616100616100", "bb7fffffffffffffff", "bbffffffffffffffff", "b8010000",
        "c000", "c100", "c24100", "d1", "d100", "d2", "d20000", "d300", "d81200", "d86100", "d86300", "d8620000", "d9006200", "d9d9f700", "dbffffffffffffffff00",
        "e0", "f3", "f6", "f7", "f8", "f8f4", "f8f5", "f814", "f820", "f8ff", "f90000", "f93c00", "fa00000000", "fb0000000000000000", "fc", "fd", "fe",
        Deep("81", 8), Deep("a100", 8), Deep("d2", 8), Deep("d862", 8), Deep("81", 200), Deep("d2", 200),
    ];

    public static IEnumerable<Vector> All()
    {
        yield return new("cbor", "What is CBOR here is read past, and not allowed because nobody knows the claim. All else is malformed.", "Passed")
        {
            Code = new ACode(),
            Also =
            [
                .. Taken.Select(hex => (With(hex), "Failed ContentNotAllowed Claims")), .. Refused.Select(hex => (With(hex), "Failed Malformed Claims")),
                .. Items(),
            ],
        };
    }

    // 512 items and one more, in one array and in many.
    private static IEnumerable<(ACode Code, string Expect)> Items()
    {
        var others = Count(ClaimsCodec.Write(ACode.PaperPerson)) + 1;
        yield return (With(Head(Array(512 - others - 1), 512 - others - 1)), "Failed ContentNotAllowed Claims");
        yield return (With(Head(Array(512 - others), 512 - others)), "Failed Malformed Claims");

        static string Array(int count) => Convert.ToHexStringLower(CborPairs.Encode(writer => writer.Array(count)));
    }

    private static int Count(byte[] bytes)
    {
        var count = 1;
        while (!DeterministicCbor.IsValid(bytes, count))
        {
            count++;
        }

        return count;
    }

    private static string Head(string head, int length) => head + Zeros(length);

    private static string Deep(string open, int times) => string.Concat(Enumerable.Repeat(open, times)) + "00";

    private static string Zeros(int count) => new('0', 2 * count);

    private static ACode With(string hex) => new() { ChangeClaims = claims => claims.With(Unknown, writer => writer.Encoded(Convert.FromHexString(hex))) };
}
