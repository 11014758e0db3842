namespace Identity.Server.Accounts;

internal enum PasswordBreach
{
    TooShort,
    TooLong,
    Common,
    ContainsName,
}

/// <summary>Length and not being everybody's first guess; no rules about digits and signs, which only make guesses predictable (NIST SP 800-63B, 3.1.1.2).</summary>
internal static class PasswordRules
{
    public const int Shortest = 8;

    /// <summary>Long enough for any phrase. Longer input is refused, never cut: a cut password is another password (Okta, October 2024).</summary>
    public const int Longest = 256;

    public static PasswordBreach? Judge(string password, string userName)
    {
        var length = new System.Globalization.StringInfo(password).LengthInTextElements;
        if (length < Shortest)
        {
            return PasswordBreach.TooShort;
        }

        if (password.Length > Longest)
        {
            return PasswordBreach.TooLong;
        }

        var name = UserNames.Lookup(userName);
        var lowered = UserNames.Lookup(password);
        return CommonPasswords.Contains(password) ? PasswordBreach.Common
            : name.Length >= 4 && lowered.Contains(name, StringComparison.Ordinal) && lowered.Length - name.Length < Shortest / 2 ? PasswordBreach.ContainsName
            : null;
    }
}
