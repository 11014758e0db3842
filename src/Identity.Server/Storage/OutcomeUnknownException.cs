using System.Data.Common;

namespace Identity.Server.Storage;

/// <summary>
/// COMMIT was sent and its answer never came, or came with a doubt: what it should make true may be true or not. Neither success nor
/// failure may be told; whoever asks again under the same <c>Idempotency-Key</c> learns which.
/// </summary>
internal sealed class OutcomeUnknownException : DbException
{
    public OutcomeUnknownException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    public override bool IsTransient => true;
}
