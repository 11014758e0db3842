namespace OneCode;

/// <summary>Status lists at hand: in memory, on disk, a bitmap. Asked without waiting; an online source is awaited first and judged with <see cref="CredentialVerifier.Judge"/>.</summary>
public interface IStatusSource
{
    /// <summary>What is known, or <see cref="StatusAnswer.Unknown"/>.</summary>
    StatusAnswer Find(StatusQuery query);
}
