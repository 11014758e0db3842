namespace Identity.Server.Accounts;

/// <summary>Hears that a session of the login origin has ended (sign-out, ended from a list, replaced by a fresh sign-in), after that is durable.</summary>
internal interface ISessionEnded
{
    Task SessionEndedAsync(Guid accountId, string sid, CancellationToken cancellationToken);
}
