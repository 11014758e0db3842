namespace Identity.Server.Credentials;

/// <summary>Where a holding or a printed credential stands. The numbers are stored: never change one.</summary>
internal enum CredentialState
{
    /// <summary>A printed credential whose signature may or may not exist. Never handed out; can be withdrawn.</summary>
    Prepared = 1,

    InForce = 2,

    Suspended = 3,

    /// <summary>For good.</summary>
    Withdrawn = 4,
}
