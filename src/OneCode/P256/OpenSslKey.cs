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
        if (Verify(digest, signature))
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

    // r and s as numbers: ECDSA_verify would read DER, write it again and compare, which is a hundredth of the whole check.
    private bool Verify(ReadOnlySpan<byte> digest, ReadOnlySpan<byte> signature)
    {
        var pair = NewPair();
        try
        {
            var r = ReadNumber(signature, Curve.CoordinateSize, 0);
            var s = ReadNumber(signature[Curve.CoordinateSize..], Curve.CoordinateSize, 0);
            if (pair != 0 && SetPair(pair, r, s) == 1)
            {
                return Verify(digest, digest.Length, pair, this) == 1;
            }

            // Not taken over: out of memory.
            FreeNumber(r);
            FreeNumber(s);
            return false;
        }
        finally
        {
            FreePair(pair);
        }
    }

    [LibraryImport(Library, EntryPoint = "EC_KEY_new_by_curve_name")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial OpenSslKey NewByCurve(int curve);

    [LibraryImport(Library, EntryPoint = "EC_KEY_oct2key")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int ReadPoint(OpenSslKey key, ReadOnlySpan<byte> point, nuint length, nint context);

    [LibraryImport(Library, EntryPoint = "ECDSA_SIG_new")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial nint NewPair();

    [LibraryImport(Library, EntryPoint = "ECDSA_SIG_free")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial void FreePair(nint pair);

    [LibraryImport(Library, EntryPoint = "ECDSA_SIG_set0")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int SetPair(nint pair, nint r, nint s);

    [LibraryImport(Library, EntryPoint = "BN_bin2bn")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial nint ReadNumber(ReadOnlySpan<byte> bytes, int length, nint into);

    [LibraryImport(Library, EntryPoint = "BN_free")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial void FreeNumber(nint number);

    [LibraryImport(Library, EntryPoint = "ECDSA_do_verify")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int Verify(ReadOnlySpan<byte> digest, int digestLength, nint pair, OpenSslKey key);

    [LibraryImport(Library, EntryPoint = "EC_KEY_free")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial void Free(nint key);

    [LibraryImport(Library, EntryPoint = "ERR_clear_error")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial void ClearErrors();
}
