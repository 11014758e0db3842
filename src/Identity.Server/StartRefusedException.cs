namespace Identity.Server;

/// <summary>The server does not start like this; the message says what to change. No fault of the code, so no stack is shown.</summary>
internal sealed class StartRefusedException(string message) : Exception(message);
