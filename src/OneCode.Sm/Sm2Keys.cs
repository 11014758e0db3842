using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;
using System.Security.Cryptography;

namespace OneCode.Sm;

/// <summary>
/// Key files: PKCS#8 and SubjectPublicKeyInfo, DER or PEM. Two ways to say "SM2" are about, and both are read: the general EC key with the curve's OID
/// (what OpenSSL and most others write, and we), and SM2's own OID as the algorithm.
/// </summary>
public static class Sm2Keys
{
    private const string EcPublicKey = "1.2.840.10045.2.1";
    private const string Sm2Oid = "1.2.156.10197.1.301";
    private const string PrivateLabel = "PRIVATE KEY";
    private const string PublicLabel = "PUBLIC KEY";

    private static readonly Asn1Tag PublicTag = new(TagClass.ContextSpecific, 1);

    /// <summary>Reads a private key, PEM of PKCS#8.</summary>
    public static bool TryReadPrivatePem(string pem, [NotNullWhen(true)] out Sm2PrivateKey? key)
    {
        key = null;
        return TryFindPem(pem, PrivateLabel, out var der) && TryReadPrivate(der, out key);
    }

    /// <summary>Reads a public key, PEM of SubjectPublicKeyInfo.</summary>
    public static bool TryReadPublicPem(string pem, [NotNullWhen(true)] out PublicKey? key)
    {
        key = null;
        return TryFindPem(pem, PublicLabel, out var der) && TryReadPublic(der, out key);
    }

    /// <summary>Reads a private key, PKCS#8. A point beside the number must be the number's: a damaged file can still parse.</summary>
    public static bool TryReadPrivate(ReadOnlyMemory<byte> pkcs8, [NotNullWhen(true)] out Sm2PrivateKey? key)
    {
        key = null;
        try
        {
            var info = Whole(pkcs8).ReadSequence();
            if (!info.TryReadInt32(out var version) || version is not (0 or 1) || !IsSm2(info.ReadSequence()))
            {
                return false;
            }

            var pair = Whole(info.ReadOctetString()).ReadSequence();
            if (!pair.TryReadInt32(out var one) || one != 1 || !Sm2PrivateKey.TryCreate(pair.ReadOctetString(), out key))
            {
                return false;
            }

            while (pair.HasData)
            {
                if (!pair.PeekTag().HasSameClassAndValue(PublicTag))
                {
                    pair.ReadEncodedValue();
                    continue;
                }

                ReadOnlySpan<byte> point = [4, .. key.PublicKey.X, .. key.PublicKey.Y];
                if (!point.SequenceEqual(pair.ReadSequence(PublicTag).ReadBitString(out _)))
                {
                    key.Dispose();
                    key = null;
                    return false;
                }
            }

            return true;
        }
        catch (AsnContentException)
        {
            // Not that: an answer about the bytes.
            return false;
        }
    }

    /// <summary>Reads a public key, SubjectPublicKeyInfo; the point uncompressed or compressed. Checked to be on the curve.</summary>
    public static bool TryReadPublic(ReadOnlyMemory<byte> subjectPublicKeyInfo, [NotNullWhen(true)] out PublicKey? key)
    {
        key = null;
        try
        {
            var info = Whole(subjectPublicKeyInfo).ReadSequence();
            if (!IsSm2(info.ReadSequence()))
            {
                return false;
            }

            var point = info.ReadBitString(out var unused);
            info.ThrowIfNotEmpty();
            return unused == 0 && TryReadPoint(point, out key);
        }
        catch (AsnContentException)
        {
            // Not that: an answer about the bytes.
            return false;
        }
    }

    /// <summary>PKCS#8, PEM, with the general EC key's OID.</summary>
    public static string WritePrivatePem(Sm2PrivateKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        var pair = new AsnWriter(AsnEncodingRules.DER);
        using (pair.PushSequence())
        {
            pair.WriteInteger(1);
            pair.WriteOctetString(key.Number);
            using (pair.PushSequence(PublicTag))
            {
                pair.WriteBitString([4, .. key.PublicKey.X, .. key.PublicKey.Y]);
            }
        }

        var info = new AsnWriter(AsnEncodingRules.DER);
        using (info.PushSequence())
        {
            info.WriteInteger(0);
            WriteAlgorithm(info);
            info.WriteOctetString(pair.Encode());
        }

        return PemEncoding.WriteString(PrivateLabel, info.Encode());
    }

    /// <summary>SubjectPublicKeyInfo, PEM, with the general EC key's OID.</summary>
    public static string WritePublicPem(PublicKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        var info = new AsnWriter(AsnEncodingRules.DER);
        using (info.PushSequence())
        {
            WriteAlgorithm(info);
            info.WriteBitString([4, .. key.X, .. key.Y]);
        }

        return PemEncoding.WriteString(PublicLabel, info.Encode());
    }

    private static void WriteAlgorithm(AsnWriter writer)
    {
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(EcPublicKey);
            writer.WriteObjectIdentifier(Sm2Oid);
        }
    }

    // {ecPublicKey, sm2}; or {sm2} with the curve again, NULL, or nothing.
    private static bool IsSm2(AsnReader algorithm)
    {
        var oid = algorithm.ReadObjectIdentifier();
        var hasCurve = algorithm.HasData && algorithm.PeekTag().HasSameClassAndValue(Asn1Tag.ObjectIdentifier);
        var curve = hasCurve ? algorithm.ReadObjectIdentifier() : null;
        if (!hasCurve && algorithm.HasData)
        {
            algorithm.ReadNull();
        }

        algorithm.ThrowIfNotEmpty();
        return (oid == EcPublicKey && curve == Sm2Oid) || (oid == Sm2Oid && curve is null or Sm2Oid);
    }

    private static bool TryReadPoint(ReadOnlySpan<byte> point, [NotNullWhen(true)] out PublicKey? key)
    {
        key = null;
        switch (point)
        {
            case [4, ..] when point.Length == 1 + (2 * Sm2Curve.Size):
                return PublicKey.TryCreate(Sm2.Algorithm, point[1..(1 + Sm2Curve.Size)], point[(1 + Sm2Curve.Size)..], out key);
            case [2 or 3, ..] when point.Length == 1 + Sm2Curve.Size:
                Span<byte> y = stackalloc byte[Sm2Curve.Size];
                return Sm2Curve.TryDecompress(point[1..], point[0] == 3, y) && PublicKey.TryCreate(Sm2.Algorithm, point[1..], y, out key);
            default:
                return false;
        }
    }

    private static AsnReader Whole(ReadOnlyMemory<byte> der)
    {
        var outer = new AsnReader(der, AsnEncodingRules.DER);
        var whole = new AsnReader(outer.ReadEncodedValue(), AsnEncodingRules.DER);
        outer.ThrowIfNotEmpty();
        return whole;
    }

    private static bool TryFindPem(string pem, string label, out byte[] der)
    {
        ArgumentNullException.ThrowIfNull(pem);
        der = [];
        if (!PemEncoding.TryFind(pem, out var fields) || !pem.AsSpan()[fields.Label].SequenceEqual(label))
        {
            return false;
        }

        der = new byte[fields.DecodedDataLength];
        return Convert.TryFromBase64String(pem[fields.Base64Data], der, out var length) && length == der.Length;
    }
}
