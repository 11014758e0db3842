using System.Text;
using OneCode.Sm;

namespace OneCode.Native;

/// <summary>What the bytes of roots, their changes and trust lists come to. Immutable, with its own copy of the bytes: a caller's memory is the caller's.</summary>
internal sealed class Vouched
{
    private readonly byte[] roots;
    private readonly byte[] rootChanges;
    private readonly byte[][] trustLists;
    private readonly bool speaksEs256Only;

    private Vouched(in NativeQuestion question, byte[] roots, TrustRoots? parsed)
    {
        speaksEs256Only = question.SpeaksEs256Only;
        this.roots = roots;
        rootChanges = question.RootChanges.ToArray();
        trustLists = new byte[question.TrustListCount][];
        Refused = new TrustListRejection?[trustLists.Length];
        Roots = Changed(parsed, rootChanges);
        for (var i = 0; i < trustLists.Length; i++)
        {
            trustLists[i] = question.TrustList(i).ToArray();
            if (Roots is null)
            {
                // Without roots nobody vouches for it.
                Refused[i] = TrustListRejection.ThresholdNotMet;
            }
            else if (TrustListToken.TryVerify(trustLists[i], Roots, Trust, out var list, out Refused[i]))
            {
                Trust = list;
            }
        }
    }

    public TrustRoots? Roots { get; }

    public TrustList? Trust { get; }

    /// <summary>Of each trust list why it does not count; null where it does.</summary>
    public TrustListRejection?[] Refused { get; }

    /// <summary>Null when roots are given and are none.</summary>
    public static Vouched? Of(in NativeQuestion question)
    {
        var roots = question.Roots.ToArray();
        TrustRoots? parsed = null;
        return roots.Length == 0 || TrustRoots.TryParseJson(Encoding.UTF8.GetString(roots), question.SpeaksEs256Only ? SignatureAlgorithms.Es256Only : Sm2.AndEs256, out parsed)
            ? new Vouched(question, roots, parsed)
            : null;
    }

    /// <summary>Whether the question has the same bytes, compared whole.</summary>
    public bool IsOf(in NativeQuestion question)
    {
        if (speaksEs256Only != question.SpeaksEs256Only
            || trustLists.Length != question.TrustListCount
            || !question.Roots.SequenceEqual(roots)
            || !question.RootChanges.SequenceEqual(rootChanges))
        {
            return false;
        }

        for (var i = 0; i < trustLists.Length; i++)
        {
            if (!question.TrustList(i).SequenceEqual(trustLists[i]))
            {
                return false;
            }
        }

        return true;
    }

    private static TrustRoots? Changed(TrustRoots? roots, byte[] chain)
    {
        if (roots is not null && TrustRootsToken.TryReadChain(chain, out var changes))
        {
            foreach (var change in changes)
            {
                // The whole chain is published: what came before these roots is passed over, and the next link fits or does not.
                roots = TrustRootsToken.TryVerify(change.Span, roots, out var next, out _) ? next : roots;
            }
        }

        return roots;
    }
}
