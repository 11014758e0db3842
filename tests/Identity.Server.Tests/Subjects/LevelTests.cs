using Identity.Server.Subjects;
using Xunit;

namespace Identity.Server.Tests.Subjects;

public sealed class LevelTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 24, 8, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(1)]
    [InlineData(1, EvidenceMethod.RegisterMatch)]
    [InlineData(1, EvidenceMethod.LiveFace)]
    [InlineData(2, EvidenceMethod.RegisterMatch, EvidenceMethod.PhoneOwned)]
    [InlineData(2, EvidenceMethod.RegisterMatch, EvidenceMethod.DocumentPictures)]
    [InlineData(3, EvidenceMethod.RegisterMatch, EvidenceMethod.PhoneOwned, EvidenceMethod.BankCard)]
    [InlineData(4, EvidenceMethod.RegisterMatch, EvidenceMethod.LiveFace)]
    [InlineData(4, EvidenceMethod.RegisterMatch, EvidenceMethod.InPerson)]
    [InlineData(4, EvidenceMethod.RegisterMatch, EvidenceMethod.NetworkIdentity)]
    internal void Evidence_amounts_to_a_level(int level, params EvidenceMethod[] methods) =>
        Assert.Equal(level, LevelRules.LevelOf([.. methods.Select(method => Proof(method, Now))], Now));

    [Fact]
    public void A_face_grows_old_and_the_phone_remains() =>
        Assert.Equal(2, LevelRules.LevelOf(
            [Proof(EvidenceMethod.RegisterMatch, Now), Proof(EvidenceMethod.PhoneOwned, Now), Proof(EvidenceMethod.LiveFace, Now.AddDays(-731))], Now));

    [Fact]
    public void Evidence_of_tomorrow_proves_nothing_today() =>
        Assert.Equal(1, LevelRules.LevelOf([Proof(EvidenceMethod.RegisterMatch, Now), Proof(EvidenceMethod.InPerson, Now.AddDays(1))], Now));

    private static Evidence Proof(EvidenceMethod method, DateTimeOffset at) =>
        new() { Id = Guid.CreateVersion7(at), PersonId = Guid.Empty, Method = method, Source = "test", At = at, ResultHash = [] };
}
