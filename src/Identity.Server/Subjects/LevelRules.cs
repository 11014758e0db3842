namespace Identity.Server.Subjects;

/// <summary>
/// The assurance level (实名等级) that evidence amounts to. No national table is published and provinces differ, so evidence is
/// what is stored and this table is what is changed: the next reading of a person's level follows it.
/// </summary>
internal static class LevelRules
{
    private static readonly TimeSpan Long = TimeSpan.FromDays(3653);
    private static readonly TimeSpan TwoYears = TimeSpan.FromDays(731);

    /// <summary>A level is reached by the register's word and one of these; the highest row that holds counts.</summary>
    private static readonly (int Level, EvidenceMethod Method, TimeSpan Lasts)[] Rules =
    [
        (4, EvidenceMethod.InPerson, Long),
        (4, EvidenceMethod.NetworkIdentity, TwoYears),
        (4, EvidenceMethod.LiveFace, TwoYears),
        (3, EvidenceMethod.BankCard, Long),
        (2, EvidenceMethod.PhoneOwned, Long),
        (2, EvidenceMethod.DocumentPictures, Long),
    ];

    public static int LevelOf(IReadOnlyCollection<Evidence> evidence, DateTimeOffset now)
    {
        if (!evidence.Any(e => e.Method == EvidenceMethod.RegisterMatch && e.At <= now))
        {
            return 1;
        }

        return Rules.FirstOrDefault(rule => evidence.Any(e => e.Method == rule.Method && e.At <= now && now < e.At + rule.Lasts)) is { Level: > 0 } met
            ? met.Level
            : 1;
    }
}
