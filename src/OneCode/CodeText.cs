using System.Buffers;
using System.Buffers.Text;
using OneCode.Wire;

namespace OneCode;

/// <summary>The two texts of the same bytes (SPEC 2): <c>OC1:</c> for a screen, a URL for paper.</summary>
public static class CodeText
{
    /// <summary>What a code text begins with.</summary>
    public const string Prefix = "OC1:";

    /// <summary>Longer texts are refused unread.</summary>
    public const int MaximumLength = 8192;

    private const string Secure = "https://";
    private const string Demonstration = "http://";
    private const string Path = "/c#";

    private const string UrlCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    private static readonly SearchValues<char> UrlAlphabet = SearchValues.Create(UrlCharacters);
    private static readonly SearchValues<char> HostCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789.-");

    /// <summary>The text that a phone shows.</summary>
    public static string Encode(ReadOnlySpan<byte> bytes)
    {
        var text = new char[Prefix.Length + Base45.EncodedLength(bytes.Length)];
        Prefix.CopyTo(text);
        Base45.Encode(bytes, text.AsSpan(Prefix.Length));
        return new string(text);
    }

    /// <summary>The text that is printed.</summary>
    /// <param name="bytes">The same bytes.</param>
    /// <param name="host">Where a camera without a verifier goes, for instance <c>c.example.cn</c>. Lower case.</param>
    /// <exception cref="ArgumentException">The host is outside the grammar of SPEC 2.</exception>
    public static string EncodePrint(ReadOnlySpan<byte> bytes, string host)
    {
        ArgumentNullException.ThrowIfNull(host);
        return IsHost(host, out var isDemonstration)
            ? string.Concat(isDemonstration ? Demonstration : Secure, host, Path, Base64Url.EncodeToString(bytes))
            : throw new ArgumentException("Not a host of a print text: lower-case letters, digits, dots and hyphens, and a port.", nameof(host));
    }

    /// <summary>The bytes of either text; null at anything else. Never throws on what was scanned.</summary>
    public static byte[]? Decode(ReadOnlySpan<char> text)
    {
        var bytes = text.Length <= MaximumLength ? new byte[text.Length] : [];
        return TryDecode(text, bytes, out var written) ? bytes[..written] : null;
    }

    /// <summary>SPEC 6, step 1. The destination is as long as the text.</summary>
    internal static bool TryDecode(ReadOnlySpan<char> text, Span<byte> bytes, out int written)
    {
        written = 0;
        if (text.Length > MaximumLength)
        {
            return false;
        }

        return text.StartsWith(Prefix, StringComparison.Ordinal)
            ? Base45.TryDecode(text[Prefix.Length..], bytes, out written)
            : TryDecodePrint(text, bytes, out written);
    }

    private static bool TryDecodePrint(ReadOnlySpan<char> text, Span<byte> bytes, out int written)
    {
        written = 0;
        var isSecure = text.StartsWith(Secure, StringComparison.Ordinal);
        if (!isSecure && !text.StartsWith(Demonstration, StringComparison.Ordinal))
        {
            return false;
        }

        var rest = text[(isSecure ? Secure.Length : Demonstration.Length)..];
        var slash = rest.IndexOf('/');
        if (slash < 0
            || !IsHost(rest[..slash], out var isDemonstration)
            || isDemonstration == isSecure
            || !rest[slash..].StartsWith(Path, StringComparison.Ordinal))
        {
            return false;
        }

        return TryDecodeBase64Url(rest[(slash + Path.Length)..], bytes, out written);
    }

    /// <summary>One text for each byte string: the framework's decoder passes over white space, takes padding and ignores the unused bits of the last character, so all three are refused before it is asked.</summary>
    internal static bool TryDecodeBase64Url(ReadOnlySpan<char> text, Span<byte> bytes, out int written)
    {
        written = 0;
        if (text.Length % 4 == 1 || text.ContainsAnyExcept(UrlAlphabet))
        {
            return false;
        }

        var unused = (text.Length % 4) switch
        {
            2 => 0b1111,
            3 => 0b11,
            _ => 0,
        };
        return (unused == 0 || (UrlCharacters.IndexOf(text[^1], StringComparison.Ordinal) & unused) == 0) && Base64Url.TryDecodeFromChars(text, bytes, out written);
    }

    private static bool IsHost(ReadOnlySpan<char> host, out bool isDemonstration)
    {
        var colon = host.IndexOf(':');
        var name = colon < 0 ? host : host[..colon];
        isDemonstration = name.SequenceEqual("localhost");
        if (name.Length is 0 or > 253 || name[0] is '.' or '-' || name.ContainsAnyExcept(HostCharacters))
        {
            return false;
        }

        return colon < 0
            || (host.Length - colon - 1 is >= 1 and <= 5 && !host[(colon + 1)..].ContainsAnyExceptInRange('0', '9'));
    }
}
