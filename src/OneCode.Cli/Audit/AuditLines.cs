using System.Text.Json;

namespace OneCode.Cli.Audit;

/// <summary>The signed statement "at this time the log had this many places and this head". KeyId is hexadecimal, and null where the line does not say.</summary>
internal sealed record Checkpoint(long Size, byte[] Head, long At, string? KeyId, byte[] Signature);

/// <summary>What the trail says about an entry now. All of it but the place is under the digest.</summary>
internal sealed record AuditRecord(long? Place, byte[] Salt, long At, string What, string Actor, Guid? Subject, Guid? ContentKey, byte[]? Content);

/// <summary>A place of the log, or (without <see cref="Logged"/>) an entry that claims one.</summary>
internal sealed record AuditLine(Guid Entry, LoggedPlace? Logged, AuditRecord? Record);

internal sealed record LoggedPlace(long Place, byte[] Digest, byte[] Head);

/// <summary>The lines of an export (Audit/README.md of the server, "The export"). A line that is not of that form is a wrong file, not a finding.</summary>
internal static class AuditLines
{
    /// <returns>A <see cref="Checkpoint"/> or an <see cref="AuditLine"/>.</returns>
    /// <exception cref="UsageException">The line is neither.</exception>
    public static object Parse(string line, long number)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            var root = json.RootElement;
            return root.TryGetProperty("checkpoint", out var checkpoint) ? CheckpointOf(checkpoint) : new AuditLine(
                root.GetProperty("entry").GetGuid(),
                root.TryGetProperty("head", out var head) ? new(root.GetProperty("place").GetInt64(), root.GetProperty("digest").GetBytesFromBase64(), head.GetBytesFromBase64()) : null,
                root.GetProperty("record") is { ValueKind: JsonValueKind.Object } record ? RecordOf(record) : null);
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or FormatException or InvalidOperationException)
        {
            throw new UsageException($"Line {number} is no line of an audit log: {exception.Message}");
        }
    }

    private static Checkpoint CheckpointOf(JsonElement line) => new(
        line.GetProperty("size").GetInt64(),
        line.GetProperty("head").GetBytesFromBase64(),
        line.GetProperty("at").GetInt64(),
        line.TryGetProperty("kid", out var keyId) ? keyId.GetString() : null,
        line.GetProperty("signature").GetBytesFromBase64());

    private static AuditRecord RecordOf(JsonElement line) => new(
        line.GetProperty("place") is { ValueKind: JsonValueKind.Number } place ? place.GetInt64() : null,
        line.GetProperty("salt").GetBytesFromBase64(),
        line.GetProperty("at").GetInt64(),
        line.GetProperty("what").GetString()!,
        line.GetProperty("actor").GetString()!,
        line.GetProperty("subject") is { ValueKind: JsonValueKind.String } subject ? subject.GetGuid() : null,
        line.GetProperty("contentKey") is { ValueKind: JsonValueKind.String } contentKey ? contentKey.GetGuid() : null,
        line.GetProperty("content") is { ValueKind: JsonValueKind.String } content ? content.GetBytesFromBase64() : null);
}
