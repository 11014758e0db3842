namespace Identity.Server.Web;

/// <summary>
/// Where to go after a form. Only a path of this origin is taken: "local" checks that reason about what a browser will make of
/// odd characters have been fooled too often (CVE-2024-39694, CVE-2021-32786).
/// </summary>
internal static class LocalUrl
{
    private const int Longest = 8 * 1024;

    /// <summary><paramref name="url"/> when it is plainly local, else <paramref name="otherwise"/>.</summary>
    public static string Of(string? url, string otherwise = "/account") => IsLocal(url) ? url! : otherwise;

    public static bool IsLocal(string? url)
    {
        // One slash, then neither slash nor backslash; browsers read backslashes as slashes and drop tabs and line ends,
        // so none of them may be anywhere in the path. What is outside printable ASCII has no business in a URL at all.
        if (url is not ['/', ..] || url.Length > Longest || url.AsSpan().ContainsAnyExceptInRange('!', '~') || url.Contains('\\', StringComparison.Ordinal))
        {
            return false;
        }

        var end = url.AsSpan().IndexOfAny('?', '#');
        var path = end < 0 ? url : url[..end];

        // Encoded slashes, dots and controls are decoded by somebody, somewhere. Our own paths hold none.
        return !path.Contains("//", StringComparison.Ordinal) && !path.Contains('%', StringComparison.Ordinal) && !path.Contains("..", StringComparison.Ordinal);
    }
}
