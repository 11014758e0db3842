using System.Diagnostics.CodeAnalysis;
using OneCode.Wire;

namespace OneCode;

/// <summary>
/// Judges scanned texts (SPEC 6). Holds a bounded memory of what it has verified, so that the second scan of the same phone costs one signature and the
/// second scan of the same static code none; time and status are judged at each. Keep one instance. Safe to use from several threads.
/// </summary>
public sealed class CredentialVerifier
{
    private const int DefaultRemembered = 4096;
    private const int StackLimit = 1024;

    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan FreshFor = TimeSpan.FromSeconds(90);

    private readonly VerifiedCredentials remembered;
    private readonly VerifiedCodes rememberedCodes;

    /// <summary>Remembers 4,096 phone credentials and as many static codes, about 4 MB each.</summary>
    public CredentialVerifier()
        : this(DefaultRemembered)
    {
    }

    /// <param name="remembered">How many verified phone credentials to keep at most, and how many static codes; 0 keeps none.</param>
    public CredentialVerifier(int remembered)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(remembered);
        this.remembered = new VerifiedCredentials(remembered);
        rememberedCodes = new VerifiedCodes(remembered);
    }

    /// <summary>All of SPEC.md section 6 in one call. Never throws on what was scanned.</summary>
    /// <param name="text">The scanned text.</param>
    /// <param name="trust">The trust list held, or null when there is none.</param>
    /// <param name="statuses">The status lists held.</param>
    /// <param name="now">The verifier's clock.</param>
    public Verdict Verify(ReadOnlySpan<char> text, TrustList? trust, IStatusSource statuses, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(statuses);
        if (!TryExamine(text, trust, out var credential, out var verdict))
        {
            return verdict;
        }

        var answer = credential.StatusQuery is { } query ? statuses.Find(query) : StatusAnswer.NotCovered;
        return Judge(credential, trust!, answer, now);
    }

    /// <summary>
    /// Steps 1 to 8: all that needs neither a clock nor a status. For whoever must wait for the status: examine, ask for
    /// <see cref="Credential.StatusQuery"/>, then <see cref="Judge"/>. A credential that was examined is not yet one that passed.
    /// </summary>
    public bool TryExamine(
        ReadOnlySpan<char> text,
        TrustList? trust,
        [NotNullWhen(true)] out Credential? credential,
        [NotNullWhen(false)] out Verdict? verdict)
    {
        credential = null;

        // SPEC.md step 1, Text. The order is part of the format: a forged code says SignatureInvalid, never Expired.
        var bytes = text.Length <= StackLimit ? stackalloc byte[StackLimit] : new byte[Math.Min(text.Length, CodeText.MaximumLength)];
        if (!CodeText.TryDecode(text, bytes, out var length))
        {
            verdict = new Verdict.Failed(Rejection.Malformed, VerificationStep.Text);
            return false;
        }

        return TryExamine(bytes[..length], trust, out credential, out verdict);
    }

    /// <summary>Steps 9 to 11: the time, the status, and whether what is held is recent enough to be sure.</summary>
    public static Verdict Judge(Credential credential, TrustList trust, StatusAnswer status, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(credential);
        ArgumentNullException.ThrowIfNull(trust);
        var claims = credential.Claims;
        var knowsStatus = status.Knows == StatusAnswer.Knowledge.Value;

        // SPEC.md step 9, Time. What we trust cannot be signed in the future, so then our own clock is wrong, and no reason to blame the code.
        var newest = Latest(trust.Content.IssuedAt, claims.IssuedAt, status.AsOf);
        var clockIsWrong = now + Tolerance < newest;
        if (!clockIsWrong && OutOfTime(credential, now) is { } reason)
        {
            return new Verdict.Failed(reason, VerificationStep.Time, credential);
        }

        // SPEC.md step 10, Status. A revocation counts however old the list is; only a clean bill of health can go stale.
        if (knowsStatus && status.Value is StatusValue.Invalid or StatusValue.Suspended)
        {
            var withdrawn = status.Value == StatusValue.Invalid ? Rejection.Revoked : Rejection.Suspended;
            return new Verdict.Failed(withdrawn, VerificationStep.Status, credential);
        }

        // SPEC.md step 11, Confidence.
        return DoubtAbout(credential, trust, status, clockIsWrong, now) is { } doubt
            ? new Verdict.Indeterminate(doubt, VerificationStep.Confidence, credential)
            : new Verdict.Passed(credential, status.AsOf);
    }

    private bool TryExamine(
        ReadOnlySpan<byte> bytes,
        TrustList? trust,
        [NotNullWhen(true)] out Credential? credential,
        [NotNullWhen(false)] out Verdict? verdict)
    {
        // The same bytes under the same list: steps 2 to 8 would say the same again.
        credential = trust is null ? null : rememberedCodes.Find(bytes, trust);
        if (credential is not null)
        {
            verdict = null;
            return true;
        }

        // SPEC.md step 2, Structure.
        if (!CoseSign1.TryRead(bytes, Labels.CodeItems, out var outer))
        {
            verdict = new Verdict.Failed(CoseSign1.WhyNot(bytes), VerificationStep.Structure);
            return false;
        }

        // SPEC.md step 3, Type.
        if (CodeHeader.TryRead(outer.Protected, isInside: false, out var outerHeader) is { } wrongHeader)
        {
            verdict = new Verdict.Failed(wrongHeader, VerificationStep.Type);
            return false;
        }

        var inner = outer;
        var header = outerHeader;
        if (outerHeader.IsPresentation && ReadInner(outerHeader.Inner, out inner, out header) is { } wrongInner)
        {
            verdict = wrongInner;
            return false;
        }

        // SPEC.md step 4, Key.
        if (trust is null)
        {
            verdict = new Verdict.Indeterminate(Doubt.TrustMissing, VerificationStep.Key);
            return false;
        }

        var candidates = trust.Find(header.KeyId);
        if (candidates.IsEmpty)
        {
            verdict = new Verdict.Indeterminate(Doubt.KeyNotInTrustList, VerificationStep.Key);
            return false;
        }

        // SPEC.md step 5, Signature, and SPEC.md step 6, Claims: from memory when this very credential was verified under one of these very keys before.
        VerifiedCredential? verified = null;
        var isRemembered = outerHeader.IsPresentation && remembered.TryFind(outerHeader.Inner, candidates, out verified);
        if (!isRemembered)
        {
            verdict = CheckIssuer(inner, header.Algorithm, candidates, out verified);
            if (verdict is not null)
            {
                return false;
            }
        }

        // SPEC.md step 7, Scope: always against the trust list of today.
        var claims = verified!.Claims;
        if (OutOfScope(claims, verified.SignedBy) is { } outside)
        {
            verdict = new Verdict.Failed(outside, VerificationStep.Scope);
            return false;
        }

        // SPEC.md step 8, Holder.
        DateTimeOffset? presentedAt = null;
        if (outerHeader.IsPresentation && claims.Holder is { } phone && trust.Algorithms.Find(phone.Algorithm) is null)
        {
            verdict = new Verdict.Indeterminate(Doubt.AlgorithmUnsupported, VerificationStep.Holder);
            return false;
        }

        if (outerHeader.IsPresentation
            ? CheckHolder(outer, outerHeader, verified, trust.Algorithms, out presentedAt) is { } unproven
            : Unproven(claims, out unproven))
        {
            verdict = new Verdict.Failed(unproven, VerificationStep.Holder);
            return false;
        }

        credential = new Credential(claims, verified.SignedBy, presentedAt, claims.Level is { } level ? trust.CountsFor(claims.Issuer, level) : null);
        if (!outerHeader.IsPresentation)
        {
            rememberedCodes.Keep(bytes, trust, credential);
        }
        else if (!isRemembered)
        {
            remembered.Keep(outerHeader.Inner, verified);
        }

        verdict = null;
        return true;
    }

    private static Verdict.Failed? ReadInner(ReadOnlySpan<byte> bytes, out CoseSign1 inner, out CodeHeader header)
    {
        header = default;
        if (!CoseSign1.TryRead(bytes, Labels.CodeItems, out inner))
        {
            return new Verdict.Failed(CoseSign1.WhyNot(bytes), VerificationStep.Structure);
        }

        // A presentation of a presentation is nobody's.
        return CodeHeader.TryRead(inner.Protected, isInside: true, out header) is { } rejection ? new Verdict.Failed(rejection, VerificationStep.Type) : null;
    }

    private static Verdict? CheckIssuer(in CoseSign1 message, long algorithm, ReadOnlySpan<TrustedKey> candidates, out VerifiedCredential? verified)
    {
        verified = null;
        switch (TrustedSignature.Check(message, algorithm, candidates, out var signer))
        {
            case TrustedSignature.Answer.AlgorithmMismatch:
                return new Verdict.Failed(Rejection.AlgorithmMismatch, VerificationStep.Signature);
            case TrustedSignature.Answer.AlgorithmUnsupported:
                return new Verdict.Indeterminate(Doubt.AlgorithmUnsupported, VerificationStep.Signature);
            case TrustedSignature.Answer.SignatureInvalid:
                return new Verdict.Failed(Rejection.SignatureInvalid, VerificationStep.Signature);
            default:
                break;
        }

        // From here on the words are an issuer's.
        if (ClaimsCodec.TryRead(message.Payload, out var claims) is { } unfit)
        {
            return new Verdict.Failed(unfit, VerificationStep.Claims);
        }

        verified = new VerifiedCredential(claims, signer!, DeviceKey: null);
        return null;
    }

    private static Rejection? OutOfScope(CredentialClaims claims, TrustedKey key) =>
        key.WithdrawnSince is not null ? Rejection.KeyWithdrawn
        : key.Issuer != claims.Issuer ? Rejection.IssuerMismatch
        : (int)key.Purpose != (int)claims.Kind ? Rejection.PurposeMismatch
        : key.IsInForceAt(claims.IssuedAt) ? null : Rejection.KeyNotInForce;

    // A bound credential shown bare is a photograph of somebody's phone.
    private static bool Unproven(CredentialClaims claims, out Rejection rejection)
    {
        rejection = Rejection.HolderProofMissing;
        return claims.Holder is not null;
    }

    private static Rejection? CheckHolder(
        in CoseSign1 outer, in CodeHeader header, VerifiedCredential verified, SignatureAlgorithms algorithms, out DateTimeOffset? presentedAt)
    {
        presentedAt = null;
        if (verified.Claims.Holder is not { } holder)
        {
            return Rejection.HolderProofUnexpected;
        }

        if (verified.DeviceKey is null)
        {
            if (!holder.TryDecompress(algorithms, out var key))
            {
                return Rejection.Malformed;
            }

            verified.DeviceKey = key;
        }

        if (header.Algorithm != (long)verified.DeviceKey.Algorithm)
        {
            return Rejection.AlgorithmMismatch;
        }

        if (!outer.IsSignedBy(verified.DeviceKey))
        {
            return Rejection.HolderProofInvalid;
        }

        var rejection = Presentation.TryReadClaims(outer.Payload, out var signedAt);
        presentedAt = signedAt;
        return rejection;
    }

    private static Rejection? OutOfTime(Credential credential, DateTimeOffset now)
    {
        if (now + Tolerance < credential.Claims.ValidFrom)
        {
            return Rejection.NotYetValid;
        }

        if (now >= credential.Claims.ExpiresAt)
        {
            return Rejection.Expired;
        }

        return credential.PresentedAt is { } presentedAt && (presentedAt < now - FreshFor || presentedAt > now + Tolerance)
            ? Rejection.NotFresh
            : null;
    }

    private static Doubt? DoubtAbout(Credential credential, TrustList trust, StatusAnswer status, bool clockIsWrong, DateTimeOffset now)
    {
        if (clockIsWrong)
        {
            return Doubt.ClockWrong;
        }

        if (now >= trust.Content.ExpiresAt)
        {
            return Doubt.TrustStale;
        }

        return status.Knows switch
        {
            StatusAnswer.Knowledge.NotThisIndex => Doubt.NotCovered,
            StatusAnswer.Knowledge.Value when status.Value != StatusValue.Valid => Doubt.StatusUnknown,
            StatusAnswer.Knowledge.Value when now >= status.ExpiresAt || status.AsOf < credential.SignedBy.StatusFloor => Doubt.StatusStale,
            StatusAnswer.Knowledge.Value => null,
            _ => Doubt.StatusUnknown,
        };
    }

    private static DateTimeOffset Latest(DateTimeOffset a, DateTimeOffset b, DateTimeOffset c)
    {
        var latest = a > b ? a : b;
        return latest > c ? latest : c;
    }
}
