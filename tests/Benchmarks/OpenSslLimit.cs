using System.Runtime.InteropServices;

namespace Benchmarks;

/// <summary>
/// One verification as <c>openssl speed</c> does it, in its own functions and order, called from here so that it can take turns with ours: EVP_PKEY_verify of a
/// digest for ecdsap256, EVP_DigestVerifyInit and EVP_DigestVerify with SM3 of a short text for sm2. Key and contexts are made once and live as long as the process.
/// </summary>
internal static partial class OpenSslLimit
{
    private const string Library = "libcrypto.so.3";
    private const int Nistp256 = 415;
    private const int Longest = 128;

    public static Func<bool> EcdsaP256()
    {
        var key = NewKey("EC", Nistp256);
        var context = ContextOf(0, key, 0);
        var (digest, signature) = (new byte[20], new byte[Longest]);
        nuint length = Longest;
        Must(InitialiseSign(context));
        Must(Sign(context, signature, ref length, digest, (nuint)digest.Length));
        var verifying = ContextOf(0, key, 0);
        Must(InitialiseVerify(verifying));
        return () => Verify(verifying, signature, length, digest, (nuint)digest.Length) == 1;
    }

    public static Func<bool> Sm2()
    {
        var key = NewKey("SM2", 0);
        var sm3 = Fetch(0, "SM3", 0);
        var context = ContextOf(0, key, 0);
        var id = "TEST-ID"u8.ToArray();
        Must(SetId(context, id, id.Length));
        var signing = NewDigestContext();
        SetContext(signing, context);
        var (text, signature) = (new byte[20], new byte[Longest]);
        nuint length = Longest;
        Must(InitialiseDigestSign(signing, 0, sm3, 0, key));
        Must(DigestSign(signing, signature, ref length, text, (nuint)text.Length));
        var verifying = NewDigestContext();
        var verifyingKey = ContextOf(0, key, 0);
        Must(SetId(verifyingKey, id, id.Length));
        SetContext(verifying, verifyingKey);
        return () => InitialiseDigestVerify(verifying, 0, sm3, 0, key) == 1 && DigestVerify(verifying, signature, length, text, (nuint)text.Length) == 1;
    }

    private static nint NewKey(string name, int curve)
    {
        var context = ContextByName(0, name, 0);
        nint key = 0;
        Must(InitialiseGenerate(context));
        Must(curve == 0 ? 1 : SetCurve(context, curve));
        Must(Generate(context, ref key));
        return key;
    }

    private static void Must(int answer)
    {
        if (answer != 1)
        {
            throw new InvalidOperationException("libcrypto did not do it.");
        }
    }

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_CTX_new_from_name", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial nint ContextByName(nint library, string name, nint properties);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_CTX_new_from_pkey")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial nint ContextOf(nint library, nint key, nint properties);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_keygen_init")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int InitialiseGenerate(nint context);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_CTX_set_ec_paramgen_curve_nid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int SetCurve(nint context, int curve);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_generate")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int Generate(nint context, ref nint key);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_sign_init")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int InitialiseSign(nint context);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_sign")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int Sign(nint context, Span<byte> signature, ref nuint length, ReadOnlySpan<byte> digest, nuint digestLength);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_verify_init")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int InitialiseVerify(nint context);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_verify")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int Verify(nint context, ReadOnlySpan<byte> signature, nuint length, ReadOnlySpan<byte> digest, nuint digestLength);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_CTX_set1_id")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int SetId(nint context, ReadOnlySpan<byte> id, int length);

    [LibraryImport(Library, EntryPoint = "EVP_MD_CTX_new")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial nint NewDigestContext();

    [LibraryImport(Library, EntryPoint = "EVP_MD_CTX_set_pkey_ctx")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial void SetContext(nint digest, nint context);

    [LibraryImport(Library, EntryPoint = "EVP_MD_fetch", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial nint Fetch(nint library, string name, nint properties);

    [LibraryImport(Library, EntryPoint = "EVP_DigestSignInit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int InitialiseDigestSign(nint context, nint keyContext, nint type, nint engine, nint key);

    [LibraryImport(Library, EntryPoint = "EVP_DigestSign")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int DigestSign(nint context, Span<byte> signature, ref nuint length, ReadOnlySpan<byte> text, nuint textLength);

    [LibraryImport(Library, EntryPoint = "EVP_DigestVerifyInit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int InitialiseDigestVerify(nint context, nint keyContext, nint type, nint engine, nint key);

    [LibraryImport(Library, EntryPoint = "EVP_DigestVerify")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int DigestVerify(nint context, ReadOnlySpan<byte> signature, nuint length, ReadOnlySpan<byte> text, nuint textLength);
}
