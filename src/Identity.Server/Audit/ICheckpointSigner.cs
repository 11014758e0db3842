namespace Identity.Server.Audit;

/// <summary>Signs checkpoints. The keys are Trust's, which stands above this room and implements it.</summary>
internal interface ICheckpointSigner
{
    /// <summary>Null while the key is not usable: entries still get their places, the checkpoint waits.</summary>
    ValueTask<(byte[] KeyId, byte[] Signature)?> TrySignAsync(byte[] text, CancellationToken cancellationToken);
}
