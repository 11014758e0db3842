namespace Identity.Server.Trust;

/// <summary>A key cannot be used right now. Issuing answers 503; verifying and serving what is published go on.</summary>
internal sealed class KeyUnavailableException(string message) : Exception(message);
