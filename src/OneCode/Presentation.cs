using OneCode.Wire;

namespace OneCode;

/// <summary>What a phone does every thirty seconds (SPEC 5): wraps its credential and signs the moment.</summary>
public static class Presentation
{
    internal const string Anyone = "*";

    /// <summary>The code text of a presentation of this credential at this moment, signed by the device key.</summary>
    /// <param name="credential">The COSE_Sign1 of a phone credential.</param>
    /// <param name="signedAt">The phone's corrected time.</param>
    /// <param name="device">The key of its <c>cnf</c>.</param>
    /// <param name="cancellationToken">Ends waiting for the signer.</param>
    public static async ValueTask<string> SignAsync(
        ReadOnlyMemory<byte> credential, DateTimeOffset signedAt, ISigner device, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(device);
        var protectedHeader = CodeHeader.WritePresentation(device.Algorithm, credential.Span);
        var payload = WriteClaims(Anyone, signedAt);
        var signature = await device.SignAsync(CoseSign1.ToBeSigned(protectedHeader, payload), cancellationToken).ConfigureAwait(false);
        return CodeText.Encode(CoseSign1.Write(protectedHeader, payload, Signatures.Checked(signature)));
    }

    internal static byte[] WriteClaims(string audience, DateTimeOffset signedAt) => new CborWriter().Map(2)
        .Integer(Labels.Audience).Text(audience)
        .Integer(Labels.IssuedAt).Integer(signedAt.ToUnixTimeSeconds())
        .ToArray();

    /// <summary>Null when the payload is exactly <c>{3: "*", 6: iat}</c>; else why not (SPEC 6, step 8).</summary>
    internal static Rejection? TryReadClaims(ReadOnlySpan<byte> payload, out DateTimeOffset signedAt)
    {
        var reader = CborReader.Of(payload, Labels.CodeItems);
        reader.Map(2);
        reader.Require(reader.At(Labels.Audience).TryReadUtf8(out var audience));
        var seconds = reader.At(Labels.IssuedAt).Seconds();
        signedAt = DateTimeOffset.FromUnixTimeSeconds(seconds);
        return !reader.IsRight ? Rejection.Malformed : audience.SequenceEqual("*"u8) ? null : Rejection.AudienceMismatch;
    }
}
