namespace OneCode.Cli;

/// <summary>The command line asks for something that cannot be done. Its message is shown as it is.</summary>
internal sealed class UsageException(string message) : Exception(message);
