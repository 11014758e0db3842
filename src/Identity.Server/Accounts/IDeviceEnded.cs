namespace Identity.Server.Accounts;

/// <summary>
/// Hears that a device's grant has ended, inside the same transaction: its holdings end with it. Implementations add to the
/// scope's <c>ServerDbContext</c> and never save.
/// </summary>
internal interface IDeviceEnded
{
    Task DeviceEndedAsync(Guid accountId, string deviceId, string actor, CancellationToken cancellationToken);
}
