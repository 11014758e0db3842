namespace OneCode.Native;

/// <summary>The return values of onecode.h.</summary>
internal static class ReturnCode
{
    public const int Valid = 0;
    public const int Invalid = 1;
    public const int CannotTell = 2;
    public const int Revoked = 3;
    public const int Suspended = 4;
    public const int Stale = 5;
    public const int NotCovered = 6;
    public const int Argument = -1;
    public const int Roots = -2;
    public const int Space = -3;
    public const int Internal = -4;

    public static int Of(Answer answer) => answer switch
    {
        Answer.Valid => Valid,
        Answer.Revoked => Revoked,
        Answer.Suspended => Suspended,
        Answer.Stale => Stale,
        Answer.NotCovered => NotCovered,
        Answer.Invalid => Invalid,
        _ => CannotTell,
    };
}
