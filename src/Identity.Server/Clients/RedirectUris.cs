namespace Identity.Server.Clients;

/// <summary>
/// Whether a URI is one that the client registered. Text against text (RFC 9700 4.1.3): whatever decodes, folds case or resolves
/// dots before it compares has been fooled (CVE-2022-3782, CVE-2023-6291, CVE-2024-1132).
/// </summary>
internal static class RedirectUris
{
    public static bool Fits(ClientSettings client, string uri) =>
        client.RedirectUris.Contains(uri, StringComparer.Ordinal)
        || (client.Native && client.RedirectUris.Any(registered => FitsLoopback(registered, uri)));

    public static bool FitsPostLogout(ClientSettings client, string uri) => client.PostLogoutRedirectUris.Contains(uri, StringComparer.Ordinal);

    /// <summary>
    /// RFC 8252 7.3: the port is free, nothing else is. The port is cut out of the text; no parser gets a say, or
    /// <c>http://127.0.0.1:80@evil</c> is a loopback URI (CVE-2024-8883).
    /// </summary>
    private static bool FitsLoopback(string registered, string uri)
    {
        foreach (var loopback in (ReadOnlySpan<string>)["http://127.0.0.1", "http://[::1]"])
        {
            if (registered.StartsWith(loopback, StringComparison.Ordinal) && uri.StartsWith(loopback + ":", StringComparison.Ordinal)
                && PortLength(uri.AsSpan(loopback.Length + 1)) is > 0 and var digits)
            {
                return uri.AsSpan(loopback.Length + 1 + digits).SequenceEqual(registered.AsSpan(loopback.Length));
            }
        }

        return false;
    }

    private static int PortLength(ReadOnlySpan<char> text)
    {
        var digits = text.IndexOfAnyExceptInRange('0', '9');
        digits = digits < 0 ? text.Length : digits;
        return digits is > 0 and <= 5 && text[0] != '0' && int.Parse(text[..digits], System.Globalization.CultureInfo.InvariantCulture) <= ushort.MaxValue ? digits : 0;
    }
}
