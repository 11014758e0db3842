namespace Identity.Server.Tests.Fixtures;

/// <summary>GB 11643: what makes seventeen digits a resident's number. District 349900 does not exist, so no number of these tests is anybody's.</summary>
internal static class ResidentNumber
{
    public static string WithCheckDigit(string body)
    {
        ReadOnlySpan<int> weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
        var sum = 0;
        for (var i = 0; i < weights.Length; i++)
        {
            sum += (body[i] - '0') * weights[i];
        }

        return body + "10X98765432"[sum % 11];
    }
}
