namespace OneCode.Wire;

/// <summary>RFC 9285, strictly: each byte string has exactly one text, and every other text is refused.</summary>
internal static class Base45
{
    private const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
    private const byte NotInAlphabet = 0xff;

    private static readonly byte[] Values = MakeValues();

    public static int EncodedLength(int bytes) => (bytes / 2 * 3) + (bytes % 2 * 2);

    public static void Encode(ReadOnlySpan<byte> bytes, Span<char> text)
    {
        var at = 0;
        for (var i = 0; i + 1 < bytes.Length; i += 2)
        {
            var pair = (bytes[i] << 8) | bytes[i + 1];
            text[at++] = Alphabet[pair % 45];
            text[at++] = Alphabet[pair / 45 % 45];
            text[at++] = Alphabet[pair / 2025];
        }

        if (bytes.Length % 2 == 1)
        {
            text[at++] = Alphabet[bytes[^1] % 45];
            text[at] = Alphabet[bytes[^1] / 45];
        }
    }

    /// <summary>False at any text that <see cref="Encode"/> would not have written. The destination has room for two bytes per three characters, and one.</summary>
    public static bool TryDecode(ReadOnlySpan<char> text, Span<byte> bytes, out int written)
    {
        written = 0;
        if (text.Length % 3 == 1)
        {
            return false;
        }

        var values = Values;
        var i = 0;
        for (; i + 2 < text.Length; i += 3)
        {
            int c = text[i], d = text[i + 1], e = text[i + 2];
            if ((c | d | e) > 127)
            {
                return false;
            }

            int low = values[c], middle = values[d], high = values[e];
            var pair = low + (45 * middle) + (2025 * high);
            if (low == NotInAlphabet || middle == NotInAlphabet || high == NotInAlphabet || pair > ushort.MaxValue)
            {
                return false;
            }

            bytes[written++] = (byte)(pair >> 8);
            bytes[written++] = (byte)(pair & 0xff);
        }

        if (i == text.Length)
        {
            return true;
        }

        int last = text[i], second = text[i + 1];
        if ((last | second) > 127 || values[last] == NotInAlphabet || values[second] == NotInAlphabet)
        {
            return false;
        }

        var single = values[last] + (45 * values[second]);
        if (single > byte.MaxValue)
        {
            return false;
        }

        bytes[written++] = (byte)single;
        return true;
    }

    private static byte[] MakeValues()
    {
        var values = new byte[128];
        Array.Fill(values, NotInAlphabet);
        for (var i = 0; i < Alphabet.Length; i++)
        {
            values[Alphabet[i]] = (byte)i;
        }

        return values;
    }
}
