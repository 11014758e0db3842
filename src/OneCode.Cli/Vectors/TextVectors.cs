using System.Buffers.Text;

namespace OneCode.Cli.Vectors;

internal static class TextVectors
{
    private const string Malformed = "Failed Malformed Text";

    public static IEnumerable<Vector> All()
    {
        // The bytes are a good code's, so only the text is to blame.
        var text = new ACode().Text();
        var print = CodeText.EncodePrint(new ACode().Bytes(), "c.example.cn");
        var odd = print[^1];
        yield return new("text-empty", "Nothing.", Malformed) { Text = "" };
        yield return new("text-no-prefix", "Base45 alone.", Malformed) { Text = text[4..] };
        yield return new("text-lower-case-prefix", "oc1: is not OC1:.", Malformed) { Text = "oc1:" + text[4..] };
        yield return new("text-other-prefix", "Another scheme's code.", Malformed) { Text = "HC1:" + text[4..] };
        yield return new("text-lower-case-letter", "Base45 has no lower case: lax readers took forged tails.", Malformed) { Text = text[..20] + "a" + text[21..] };
        yield return new("text-not-ascii", "A full-width letter.", Malformed) { Text = text[..20] + "\uff21" + text[21..] };
        yield return new("text-trailing-newline", "Nothing stands after a code.", Malformed) { Text = text + "\n" };
        yield return new("text-leading-space", "Nothing stands before a code.", Malformed) { Text = " " + text };
        yield return new("text-triple-too-large", ":::  is 91,124: beyond two bytes.", Malformed) { Text = "OC1::::" + text[7..] };
        yield return new("text-pair-too-large", "A last pair of more than 255.", Malformed) { Text = "OC1:" + (text.Length % 3 == 1 ? text[4..] : text[4..^2]) + "::" };
        yield return new("text-length-one-modulo-three", "A length that no bytes have.", Malformed) { Text = text.Length % 3 == 1 ? text + "0" : text + (text.Length % 3 == 0 ? "00" : "000")[..^1] };
        yield return new("text-too-long", "More than 8,192 characters.", Malformed) { Text = "OC1:" + new string('0', 8190) };
        yield return new("text-other-text", "What is on a box of milk.", Malformed) { Text = "6901234567892" };
        yield return new("text-web-address", "Another QR code in the street.", Malformed) { Text = "https://example.cn/menu?table=7" };
        yield return new("text-garbage-behind", "A good code and a tail, which lax decoders cut off.", Malformed) { Text = text + "=BORIS" };
        yield return new("text-two-codes", "Two codes in one text.", Malformed) { Text = text + text };
        yield return new("url-padding", "base64url with padding.", Malformed) { Text = print + "=" };
        yield return new("url-standard-alphabet", "+ is not of base64url.", Malformed) { Text = print[..^1] + "+" };
        yield return new("url-unused-bits", "Bits after the last byte that are not zero.", Malformed) { Text = WithUnusedBits() };
        yield return new("url-length-one-modulo-four", "A length that no bytes have.", Malformed) { Text = CodeText.EncodePrint(new byte[3], "c.example.cn") + odd };
        yield return new("url-upper-case-host", "Lower case only: one canonical text.", Malformed) { Text = print.Replace("c.example.cn", "C.example.cn", StringComparison.Ordinal) };
        yield return new("url-http", "http only for localhost.", Malformed) { Text = print.Replace("https:", "http:", StringComparison.Ordinal) };
        yield return new("url-https-localhost", "And localhost only with http.", Malformed) { Text = print.Replace("c.example.cn", "localhost", StringComparison.Ordinal) };
        yield return new("url-query", "Nothing between the path and #.", Malformed) { Text = print.Replace("/c#", "/c?x=1#", StringComparison.Ordinal) };
        yield return new("url-user", "No user name in front of the host.", Malformed) { Text = print.Replace("c.example.cn", "a@c.example.cn", StringComparison.Ordinal) };
        yield return new("url-other-path", "The path is /c.", Malformed) { Text = print.Replace("/c#", "/d#", StringComparison.Ordinal) };
        yield return new("url-host-empty", "No host.", Malformed) { Text = print.Replace("c.example.cn", "", StringComparison.Ordinal) };
        yield return new("url-host-hyphen-first", "A host that begins with a hyphen.", Malformed) { Text = print.Replace("c.example.cn", "-.example.cn", StringComparison.Ordinal) };
        yield return new("url-host-dot-first", "A host that begins with a dot.", Malformed) { Text = print.Replace("c.example.cn", ".example.cn", StringComparison.Ordinal) };
        yield return new("url-host-of-254", "A host of more than 253 characters.", Malformed) { Text = print.Replace("c.example.cn", new string('a', 254), StringComparison.Ordinal) };
        yield return new("url-port-empty", "A colon and no port.", Malformed) { Text = print.Replace("c.example.cn", "c.example.cn:", StringComparison.Ordinal) };
        yield return new("url-port-of-six", "A port of six digits.", Malformed) { Text = print.Replace("c.example.cn", "c.example.cn:123456", StringComparison.Ordinal) };
        yield return new("url-port-letter", "A port with a letter.", Malformed) { Text = print.Replace("c.example.cn", "c.example.cn:80a", StringComparison.Ordinal) };
        yield return new("url-no-path", "A host and nothing behind.", Malformed) { Text = "https://c.example.cn" };
        yield return new("url-nothing", "A text of no bytes: a text it is, and no message.", "Failed Malformed Structure") { Text = "https://c.example.cn/c#" };
        yield return new("url-of-8192", "The longest text there may be.", "Failed Malformed Structure") { Text = $"https://{new string('a', 13)}/c#{new string('A', 8168)}" };
        yield return new("url-of-8193", "One character more, in the host.", Malformed) { Text = $"https://{new string('a', 14)}/c#{new string('A', 8168)}" };
        yield return new("url-newline", "White space that lax decoders pass over.", Malformed) { Text = print[..^4] + "\n" + print[^4..] };
    }

    private static string WithUnusedBits()
    {
        // Two bytes are three characters and two unused bits; '_' has all bits set.
        return CodeText.EncodePrint([0xd2, 0x84], "c.example.cn")[..^1] + Base64Url.EncodeToString([0xff, 0xff, 0xff])[..1];
    }
}
