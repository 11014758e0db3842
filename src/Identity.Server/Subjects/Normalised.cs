using System.Text;

namespace Identity.Server.Subjects;

/// <summary>
/// One spelling for numbers that people type and registers print: half-width, upper case, without spaces, dots and hyphens.
/// Without it the same plate would be two vehicles, and the keyed hash of an ID number would not find its person.
/// </summary>
internal static class Normalised
{
    public static string Of(string? text)
    {
        if (string.IsNullOrEmpty(text) || text.Length > 64)
        {
            return "";
        }

        var kept = new StringBuilder(text.Length);
        foreach (var symbol in text)
        {
            var half = symbol is >= '\uFF01' and <= '\uFF5E' ? (char)(symbol - 0xFEE0) : symbol;
            if (!char.IsWhiteSpace(half) && half is not ('·' or '•' or '・' or '-'))
            {
                kept.Append(half is >= 'a' and <= 'z' ? (char)(half - 0x20) : half);
            }
        }

        return kept.ToString();
    }
}
