namespace OneCode.Cli;

/// <summary>What scripts rely on.</summary>
internal static class ExitCodes
{
    public const int Passed = 0;
    public const int Failed = 1;
    public const int Indeterminate = 2;
    public const int Revoked = 3;
    public const int Suspended = 4;
    public const int Stale = 5;
    public const int NotCovered = 6;
    public const int Usage = 64;
}
