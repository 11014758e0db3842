using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace OneCode.P256;

/// <summary>
/// A public key inside the libcrypto that .NET itself uses on Linux. The framework's ECDsa costs about 6 % more a verification, and validates a
/// key as it imports it, which takes as long as two verifications; ours is a point of the curve already, and that is all the curve asks
/// (its cofactor is one). Verifying only reads the key, so threads may share it.
/// </summary>
internal sealed partial class OpenSslKey : SafeHandle, ISignatureChecker
{
    private const string Library = "libcrypto.so.3";
    private const int Nistp256 = 415;
    private const int LongestDer = 72;

    public OpenSslKey()
        : base(0, ownsHandle: true)
    {
    }

    /// <summary>False elsewhere than on Linux with OpenSSL 3: then the framework does it.</summary>
    public static bool IsAvailable { get; } = OperatingSystem.IsLinux() && NativeLibrary.TryLoad(Library, out _);

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>From a point that is known to be on the curve.</summary>
    public static OpenSslKey Import(ReadOnlySpan<byte> x, ReadOnlySpan<byte> y)
    {
        Span<byte> point = stackalloc byte[1 + (2 * Curve.CoordinateSize)];
        point[0] = 4;
        x.CopyTo(point[1..]);
        y.CopyTo(point[(1 + Curve.CoordinateSize)..]);
        var key = NewByCurve(Nistp256);
        if (key.IsInvalid || ReadPoint(key, point, (nuint)point.Length, 0) != 1)
        {
            key.Dispose();
            throw new InvalidOperationException("libcrypto did not take a point of P-256.");
        }

        return key;
    }

    /// <summary>Whether the signature <c>r || s</c> holds. Ranges of r and s are libcrypto's to check.</summary>
    public bool HasSigned(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        if (signature.Length != 2 * Curve.CoordinateSize)
        {
            return false;
        }

        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(message, digest);
        Span<byte> der = stackalloc byte[LongestDer];
        var length = WriteDer(signature, der);
        if (Verify(0, digest, digest.Length, der, length, this) == 1)
        {
            return true;
        }

        // What it left in this thread's queue must not be read by the framework as its own.
        ClearErrors();
        return false;
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        Free(handle);
        return true;
    }

    private static int WriteDer(ReadOnlySpan<byte> signature, Span<byte> der)
    {
        var length = 2;
        length += WriteInteger(signature[..Curve.CoordinateSize], der[length..]);
        length += WriteInteger(signature[Curve.CoordinateSize..], der[length..]);
        der[0] = 0x30;
        der[1] = (byte)(length - 2);
        return length;
    }

    private static int WriteInteger(ReadOnlySpan<byte> value, Span<byte> der)
    {
        // Shortest form: no leading zeros, but one in front of a high bit, and one for zero itself.
        var trimmed = value.TrimStart((byte)0);
        var zero = trimmed.IsEmpty || trimmed[0] >= 0x80 ? 1 : 0;
        der[0] = 0x02;
        der[1] = (byte)(trimmed.Length + zero);
        der[2] = 0;
        trimmed.CopyTo(der[(2 + zero)..]);
        return 2 + zero + trimmed.Length;
    }

    [LibraryImport(Library, EntryPoint = "EC_KEY_new_by_curve_name")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial OpenSslKey NewByCurve(int curve);

    [LibraryImport(Library, EntryPoint = "EC_KEY_oct2key")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int ReadPoint(OpenSslKey key, ReadOnlySpan<byte> point, nuint length, nint context);

    [LibraryImport(Library, EntryPoint = "ECDSA_verify")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int Verify(int type, ReadOnlySpan<byte> digest, int digestLength, ReadOnlySpan<byte> signature, int signatureLength, OpenSslKey key);

    [LibraryImport(Library, EntryPoint = "EC_KEY_free")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial void Free(nint key);

    [LibraryImport(Library, EntryPoint = "ERR_clear_error")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial void ClearErrors();
}
