using System.Globalization;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Identity.Server.Audit;

/// <summary>
/// The signed statement "at this time the log had this many entries and this head". Whoever keeps one elsewhere can prove a
/// later cut or rewrite; each is therefore also a log line.
/// </summary>
internal sealed class Checkpoint
{
    public required long Size { get; init; }

    public required byte[] Head { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>Thumbprint prefix of the signing key.</summary>
    public required byte[] KeyId { get; init; }

    public required byte[] Signature { get; init; }

    /// <summary>The bytes that are signed: four lines, each ended by a line feed.</summary>
    public static byte[] TextOf(long size, byte[] head, DateTimeOffset at) => Encoding.ASCII.GetBytes(string.Create(
        CultureInfo.InvariantCulture, $"onecode-audit-log\n{size}\n{Convert.ToBase64String(head)}\n{at.ToUnixTimeSeconds()}\n"));
}

internal sealed class CheckpointTable : IEntityTypeConfiguration<Checkpoint>
{
    public void Configure(EntityTypeBuilder<Checkpoint> checkpoint)
    {
        checkpoint.ToTable("audit_checkpoints");
        checkpoint.HasKey(c => c.Size);
        checkpoint.Property(c => c.Size).ValueGeneratedNever();
    }
}
