using System.Runtime.InteropServices;

namespace OneCode.Sm;

/// <summary>The few functions of libcrypto 3 that SM2 takes.</summary>
internal static unsafe partial class OpenSsl
{
    public const int PublicKey = 0x86;
    public const int KeyPair = 0x87;

    private const string Library = "libcrypto.so.3";
    private const uint UnsignedInteger = 2;
    private const uint Utf8Text = 4;
    private const uint Octets = 5;

    // Fetched once and kept for the process's life. Null elsewhere than on Linux with OpenSSL 3, and where a distribution left it out.
    private static readonly nint Sm3 = OperatingSystem.IsLinux() && NativeLibrary.TryLoad(Library, out _) ? FetchDigest(0, "SM3", 0) : 0;

    /// <summary>False elsewhere than on Linux with OpenSSL 3, and where a distribution left SM2 out of it.</summary>
    public static bool IsAvailable { get; } = Sm3 != 0 && HasSm2();

    /// <summary>A key from its point, <c>04 || x || y</c>, and for signing its number.</summary>
    /// <exception cref="InvalidOperationException">libcrypto does not take it.</exception>
    public static KeyHandle Import(ReadOnlySpan<byte> point, ReadOnlySpan<byte> number)
    {
        // libcrypto wants the least significant byte first here.
        Span<byte> reversed = stackalloc byte[Sm2Curve.Size];
        number.CopyTo(reversed);
        reversed.Reverse();
        try
        {
            fixed (byte* group = "SM2\0"u8)
            fixed (byte* groupName = "group\0"u8)
            fixed (byte* pubName = "pub\0"u8)
            fixed (byte* privName = "priv\0"u8)
            fixed (byte* pub = point)
            fixed (byte* priv = reversed)
            {
                var parameters = stackalloc Parameter[4];
                parameters[0] = new Parameter(groupName, Utf8Text, group, 3);
                parameters[1] = new Parameter(pubName, Octets, pub, (nuint)point.Length);
                parameters[2] = number.IsEmpty ? default : new Parameter(privName, UnsignedInteger, priv, Sm2Curve.Size);
                parameters[3] = default;
                using var context = NewContextByName(0, "SM2", 0);
                nint key = 0;
                if (context.IsInvalid
                    || InitialiseFromData(context) != 1
                    || FromData(context, ref key, number.IsEmpty ? PublicKey : KeyPair, parameters) != 1)
                {
                    ClearErrors();
                    throw new InvalidOperationException("libcrypto did not take a point of the SM2 curve.");
                }

                return new KeyHandle(key);
            }
        }
        finally
        {
            reversed.Clear();
        }
    }

    /// <summary>SM3.</summary>
    public static void Digest(ReadOnlySpan<byte> data, Span<byte> digest)
    {
        if (Digest(data, (nuint)data.Length, digest, out _, Sm3, 0) != 1)
        {
            throw new InvalidOperationException("libcrypto has no SM3 any more.");
        }
    }

    private static bool HasSm2()
    {
        using var context = NewContextByName(0, "SM2", 0);
        var has = !context.IsInvalid;
        ClearErrors();
        return has;
    }

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_CTX_new_from_pkey")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    internal static partial ContextHandle NewContext(nint library, KeyHandle key, nint properties);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_verify_init")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    internal static partial int InitialiseVerify(ContextHandle context);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_verify")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    internal static partial int Verify(ContextHandle context, ReadOnlySpan<byte> signature, nuint signatureLength, ReadOnlySpan<byte> digest, nuint digestLength);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_sign_init")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    internal static partial int InitialiseSign(ContextHandle context);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_sign")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    internal static partial int Sign(ContextHandle context, Span<byte> signature, ref nuint signatureLength, ReadOnlySpan<byte> digest, nuint digestLength);

    [LibraryImport(Library, EntryPoint = "ERR_clear_error")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    internal static partial void ClearErrors();

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_CTX_new_from_name", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial ContextHandle NewContextByName(nint library, string name, nint properties);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_fromdata_init")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int InitialiseFromData(ContextHandle context);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_fromdata")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int FromData(ContextHandle context, ref nint key, int selection, Parameter* parameters);

    [LibraryImport(Library, EntryPoint = "EVP_MD_fetch", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial nint FetchDigest(nint library, string name, nint properties);

    [LibraryImport(Library, EntryPoint = "EVP_Digest")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int Digest(ReadOnlySpan<byte> data, nuint length, Span<byte> digest, out uint size, nint type, nint engine);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_free")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial void FreeKey(nint key);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_CTX_free")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial void FreeContext(nint context);

    internal sealed class KeyHandle : SafeHandle
    {
        public KeyHandle(nint key)
            : base(0, ownsHandle: true) => SetHandle(key);

        public override bool IsInvalid => handle == 0;

        protected override bool ReleaseHandle()
        {
            FreeKey(handle);
            return true;
        }
    }

    internal sealed class ContextHandle : SafeHandle
    {
        public ContextHandle()
            : base(0, ownsHandle: true)
        {
        }

        public override bool IsInvalid => handle == 0;

        protected override bool ReleaseHandle()
        {
            FreeContext(handle);
            return true;
        }
    }

    // OSSL_PARAM.
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Parameter(byte* key, uint type, byte* data, nuint size)
    {
        public readonly byte* Key = key;
        public readonly uint Type = type;
        public readonly byte* Data = data;
        public readonly nuint Size = size;
        public readonly nuint Returned = nuint.MaxValue;
    }
}
