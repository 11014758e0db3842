namespace Identity.Server.Accounts;

/// <summary>Hears that a session of the login origin ends (sign-out, ended from a list, by staff, run out).</summary>
internal interface ISessionEnded
{
    /// <summary>Adds to the transaction that ends the session: what follows from the end is durable with it or not at all.</summary>
    Task SessionEndedAsync(Guid accountId, string sid, string actor, CancellationToken cancellationToken);

    /// <summary>The transaction has committed. Only a hint: what must not be lost was written in it.</summary>
    void Committed();
}
