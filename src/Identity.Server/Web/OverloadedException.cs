namespace Identity.Server.Web;

/// <summary>There is no room for this work now. The edge answers 503 with Retry-After; nothing queues without end.</summary>
public sealed class OverloadedException : Exception
{
    public OverloadedException()
        : base("There is no room for this work now.")
    {
    }

    public OverloadedException(string message)
        : base(message)
    {
    }

    public OverloadedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
