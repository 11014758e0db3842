using System.Diagnostics.Metrics;
using Microsoft.Extensions.Time.Testing;
using OneCode.Cli;
using OneCode.Cli.Vectors;
using OneCode.Json;
using OneCode.Verifier;

namespace OneCode.Tests;

/// <summary>The golden rule of a gate: valid, revoked, suspended, stale and not covered are five answers, everywhere.</summary>
public sealed class AnswerTests
{
    private static readonly (Answer Answer, ACode Code)[] Five =
    [
        (Answer.Valid, new ACode()),
        (Answer.Revoked, With(World.RevokedIndex)),
        (Answer.Suspended, With(World.SuspendedIndex)),
        (Answer.Stale, new ACode { Key = "person-floor" }),
        (Answer.NotCovered, With(5000)),
    ];

    [Fact]
    public void Five_codes_get_five_answers()
    {
        var verifier = Holding.Everything();
        Assert.All(Five, expected => Assert.Equal(expected.Answer, verifier.Verify(expected.Code.Text(), World.Now).Answer));
    }

    [Fact]
    public void And_five_exit_codes_and_five_words()
    {
        var verifier = Holding.Everything();
        var verdicts = Five.Select(expected => verifier.Verify(expected.Code.Text(), World.Now)).ToList();
        Assert.Equal([0, 3, 4, 5, 6], verdicts.Select(VerdictText.DistinctExitCode));
        Assert.Equal(["valid", "revoked", "suspended", "stale", "notCovered"], verdicts.Select(verdict => (string?)VerdictJson.Of(verdict)["answer"]));
    }

    [Fact]
    public void Every_reason_has_an_answer_and_only_its_own()
    {
        foreach (var reason in Enum.GetValues<Rejection>())
        {
            var expected = reason switch { Rejection.Revoked => Answer.Revoked, Rejection.Suspended => Answer.Suspended, _ => Answer.Invalid };
            Assert.Equal(expected, new Verdict.Failed(reason, VerificationStep.Status).Answer);
        }

        foreach (var doubt in Enum.GetValues<Doubt>())
        {
            var expected = doubt switch
            {
                Doubt.StatusStale or Doubt.TrustStale => Answer.Stale,
                Doubt.StatusUnknown or Doubt.NotCovered => Answer.NotCovered,
                _ => Answer.CannotTell,
            };
            Assert.Equal(expected, new Verdict.Indeterminate(doubt, VerificationStep.Confidence).Answer);
        }
    }

    [Fact]
    public void A_day_without_network_passes_with_its_age_and_four_days_are_stale()
    {
        var clock = new FakeTimeProvider(World.Now);
        using var http = new HttpClient(new Unplugged());
        var verifier = new CodeVerifier(World.Roots, new CodeVerifierOptions { TrustListUri = new Uri("https://id.example.cn/trust/list") }, http, clock);
        Assert.Null(verifier.TakeTrustList(World.Trust));
        Assert.All(World.StatusLists, list => Assert.Null(verifier.TakeStatusList(list)));

        clock.Advance(TimeSpan.FromHours(24));
        var judged = verifier.Judge(new ACode().Text());
        Assert.Equal(Answer.Valid, judged.Answer);
        Assert.Null(judged.Reason);
        Assert.Equal(TimeSpan.FromHours(24) + TimeSpan.FromMinutes(5), judged.StatusAge);
        Assert.Equal(TimeSpan.FromHours(25), judged.TrustAge);

        clock.Advance(TimeSpan.FromHours(72));
        judged = verifier.Judge(new ACode().Text());
        Assert.Equal((Answer.Stale, "StatusStale"), (judged.Answer, judged.Reason));
        Assert.Equal(Answer.Revoked, verifier.Judge(With(World.RevokedIndex).Text()).Answer);
    }

    [Fact]
    public void Verdicts_are_counted_by_answer_and_reason_and_nothing_of_a_code()
    {
        var seen = new List<string>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, listening) =>
        {
            if (instrument.Meter.Name == "OneCode.Verifier")
            {
                listening.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((_, _, tags, _) =>
        {
            lock (seen)
            {
                seen.Add(string.Join(' ', tags.ToArray().Select(tag => tag.Value)));
            }
        });
        listener.Start();
        using var http = new HttpClient(new Unplugged());
        var verifier = new CodeVerifier(World.Roots, new CodeVerifierOptions(), http, new FakeTimeProvider(World.Now));
        verifier.Verify(new ACode().Text());
        Assert.Null(verifier.TakeTrustList(World.Trust));
        Assert.All(World.StatusLists, list => Assert.Null(verifier.TakeStatusList(list)));
        verifier.Verify(With(World.RevokedIndex).Text());
        lock (seen)
        {
            // Other tests of this process are heard too.
            Assert.Contains("CannotTell TrustMissing", seen);
            Assert.Contains("Revoked Revoked", seen);
        }
    }

    private static ACode With(int index) => new() { Claims = ACode.PaperPerson with { Status = new StatusReference("pm27110", index) } };

    private sealed class Unplugged : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            throw new HttpRequestException("No network.");
    }
}
