using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;
using OneCode.Json;

namespace OneCode.Native;

/// <summary>The one function of onecode.h, which is its documentation.</summary>
internal static unsafe class Library
{
    private const int StackLimit = 1024;

    // Of all questions: it remembers static codes and phones' credentials under the trust list that they were examined by.
    private static readonly CredentialVerifier Verifier = new();

    // The framework ends the process when it looks for OpenSSL and there is none.
    private static readonly bool HasCrypto = !OperatingSystem.IsLinux() || NativeLibrary.TryLoad("libssl.so.3", out _);

    [UnmanagedCallersOnly(EntryPoint = "onecode_verify", CallConvs = [typeof(CallConvCdecl)])]
    public static int Verify(NativeQuestion* question, byte* answer, long capacity, long* length)
    {
        var code = ReturnCode.Internal;
        byte[]? json = null;
        try
        {
            (code, var spoken) = Judge(question, answer, capacity);
            json = Encoding.UTF8.GetBytes(JsonText.OneLine(spoken));
        }
#pragma warning disable CA1031 // The boundary: an exception that leaves it ends the caller's process, and a turnstile with it. Whatever it is, nothing was judged.
        catch (Exception e)
#pragma warning restore CA1031
        {
            code = ReturnCode.Internal;
            json = Explain(e);
        }

        return Write(code, json, answer, capacity, length);
    }

    private static (int Code, JsonObject Json) Judge(NativeQuestion* question, byte* answer, long capacity)
    {
        // A thread with a tiny stack: an exception here is an answer, an overflow further down would be the process's end.
        RuntimeHelpers.EnsureSufficientExecutionStack();
        if ((question is null ? "question is NULL" : answer is null == (capacity == 0) && capacity >= 0 ? question->WhyNot() : "answer and capacity do not agree") is { } broken)
        {
            return (ReturnCode.Argument, Error("Argument", broken));
        }

        if (!HasCrypto)
        {
            return (ReturnCode.Internal, Error("Internal", "libssl.so.3 (OpenSSL 3) is not installed"));
        }

        return Held.Of(*question) is { } held
            ? Judge(*question, held)
            : (ReturnCode.Roots, Error("Roots", "roots is no JWK Set of P-256 or SM2 keys with a threshold"));
    }

    private static (int Code, JsonObject Json) Judge(in NativeQuestion question, Held held)
    {
        // Each byte a character: a code text is ASCII, and what is not must stay wrong.
        var bytes = question.Text;
        Span<char> text = bytes.Length <= StackLimit ? stackalloc char[bytes.Length] : new char[bytes.Length];
        Encoding.Latin1.GetChars(bytes, text);
        var (now, trust) = (question.Now, held.Vouched.Trust);
        var verdict = Verifier.Verify(text, trust, held.Statuses, now);
        if (held.Vouched.Roots is null && verdict is Verdict.Indeterminate { Missing: Doubt.TrustMissing } unrooted)
        {
            verdict = unrooted with { Missing = Doubt.RootsMissing };
        }

        var json = VerdictJson.Of(verdict, now, verdict is Verdict.Passed passed ? now - passed.StatusAsOf : null, trust is null ? null : now - trust.Content.IssuedAt);
        JsonNode[] refused = [.. Refused("trustLists", held.Vouched.Refused), .. Refused("statusLists", held.Refused)];
        if (refused.Length > 0)
        {
            json["refused"] = new JsonArray(refused);
        }

        return (ReturnCode.Of(verdict.Answer), json);
    }

    private static IEnumerable<JsonNode> Refused<T>(string list, T?[] reasons)
        where T : struct, Enum
    {
        for (var i = 0; i < reasons.Length; i++)
        {
            if (reasons[i] is { } reason)
            {
                yield return new JsonObject { ["list"] = list, ["index"] = i, ["reason"] = reason.ToString() };
            }
        }
    }

    private static JsonObject Error(string error, string detail) =>
        new() { ["verdict"] = "indeterminate", ["answer"] = VerdictJson.Word(Answer.CannotTell), ["error"] = error, ["detail"] = detail };

    // When memory is out there may be none for saying so.
    private static byte[]? Explain(Exception e)
    {
        try
        {
            var cause = e.GetBaseException();
            return Encoding.UTF8.GetBytes(JsonText.OneLine(Error("Internal", $"{cause.GetType().Name}: {cause.Message}")));
        }
        catch (OutOfMemoryException)
        {
            return null;
        }
    }

    private static int Write(int code, ReadOnlySpan<byte> json, byte* answer, long capacity, long* length)
    {
        if (length is not null)
        {
            *length = json.Length;
        }

        if (answer is null || capacity <= 0)
        {
            return code;
        }

        // Nothing rather than a part: half an object may read as another one.
        var fits = json.Length < capacity;
        var written = fits ? json.Length : 0;
        json[..written].CopyTo(new Span<byte>(answer, written));
        answer[written] = 0;
        return fits || code < 0 ? code : ReturnCode.Space;
    }
}
