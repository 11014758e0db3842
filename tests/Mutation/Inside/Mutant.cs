namespace OneCode;

/// <summary>Which of the mutants that were compiled in is alive.</summary>
internal static class Mutant
{
    /// <summary>0: none.</summary>
    public static volatile int Active;

    /// <summary>Set: whoever is asked for, is noted.</summary>
    public static volatile bool[]? Asked;

    public static bool Is(int number)
    {
        if (Asked is { } asked)
        {
            asked[number] = true;
        }

        return Active == number;
    }
}
