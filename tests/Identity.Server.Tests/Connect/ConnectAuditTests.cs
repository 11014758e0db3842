using System.Text.Json;
using Identity.Server.Audit;
using Identity.Server.Connect.Store;
using Identity.Server.Storage;
using Identity.Server.Subjects;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace Identity.Server.Tests.Connect;

/// <summary>What this room's steps leave in the audit trail.</summary>
public sealed class ConnectAuditTests(OidcServer server) : IClassFixture<OidcServer>
{
    [Fact]
    public async Task Each_client_was_recorded_when_it_was_made()
    {
        var clients = await server.Server.AskAsync<ServerDbContext, int>(db => db.Set<OidcClient>().CountAsync());
        Assert.Equal(clients, (await EntriesAsync(server, "client.added", "system")).Count);
        Assert.True(clients > 3);
    }

    [Fact]
    public async Task A_grant_is_recorded_once_and_ends_with_its_session()
    {
        using var browser = await server.SignedInAsync();
        await server.CodeFlowAsync(browser);
        await server.CodeFlowAsync(browser);
        var grant = await LatestGrantAsync();
        var given = Assert.Single(await EntriesAsync(server, "grant.given", $"account:{grant.Subject}"));
        Assert.Equal(grant.Subject, given.Entry.SubjectId?.ToString());
        Assert.Equal((OidcServer.Hr, grant.Id), (given.Details.GetProperty("client").GetString(), given.Details.GetProperty("grant").GetGuid()));

        await server.Server.AskAsync<Identity.Server.Accounts.Sessions, bool>(async sessions =>
        {
            await sessions.EndAsync(grant.Sid!, CancellationToken.None);
            return true;
        });
        var end = Assert.Single(await EntriesAsync(server, "grant.ended-with-session", $"account:{grant.Subject}"));
        Assert.Equal(1, end.Details.GetProperty("grants").GetInt32());
    }

    [Fact]
    public async Task Telling_a_client_somebodys_name_is_recorded_and_introspection_is_not()
    {
        if (!DocumentNumber.TryParse(DocumentType.HkMacaoPermit, "H10000001", DateOnly.MaxValue, out var number))
        {
            Assert.Fail("The number is made wrongly.");
        }

        var person = await server.Server.AskAsync<FindOrAddPerson, Guid>(add => add.HandleAsync(number, "张小敏", [new(EvidenceMethod.RegisterMatch, "test")], CancellationToken.None));
        using var browser = await server.SignedInAsync(await server.Server.AddAccountAsync(personId: person));
        var tokens = await server.CodeFlowAsync(browser);
        await server.IntrospectAsync(OidcServer.Hr, tokens.AccessToken);
        Assert.Empty(await EntriesAsync(server, "person.read-by-client", "client:" + OidcServer.Hr));
        using var answer = await server.UserInfoAsync(tokens.AccessToken);
        Assert.Contains("name", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Equal(person, Assert.Single(await EntriesAsync(server, "person.read-by-client", "client:" + OidcServer.Hr)).Entry.SubjectId);
    }

    [Fact]
    public async Task A_refresh_token_that_comes_again_is_recorded()
    {
        await using var lasting = new OidcServer(new() { ["Clients:portal-hr:Scopes:3"] = "offline_access" });
        await lasting.InitializeAsync();
        using var browser = await lasting.SignedInAsync();
        var tokens = await lasting.CodeFlowAsync(browser, OidcServer.Hr, "openid offline_access");
        (await lasting.RefreshAsync(OidcServer.Hr, tokens.RefreshToken!)).Dispose();
        using var again = await lasting.RefreshAsync(OidcServer.Hr, tokens.RefreshToken!);
        Assert.Equal("invalid_grant", await OidcServer.ErrorOfAsync(again));
        Assert.Single(await EntriesAsync(lasting, "grant.reuse-refused", "client:" + OidcServer.Hr));
    }

    private Task<OidcGrant> LatestGrantAsync() =>
        server.Server.AskAsync<ServerDbContext, OidcGrant>(db => db.Set<OidcGrant>().AsNoTracking().OrderByDescending(grant => grant.CreationDate).FirstAsync());

    private static async Task<List<(AuditEntry Entry, JsonElement Details)>> EntriesAsync(OidcServer server, string what, string actor)
    {
        var entries = await server.Server.AskAsync<ServerDbContext, List<AuditEntry>>(db => db.Set<AuditEntry>().AsNoTracking().Where(entry => entry.What == what && entry.Actor == actor).ToListAsync());
        var read = new List<(AuditEntry Entry, JsonElement Details)>();
        foreach (var entry in entries)
        {
            read.Add((entry, await server.Server.AskAsync<AuditTrail, JsonElement?>(trail => trail.ReadAsync(entry, CancellationToken.None)) ?? default));
        }

        return read;
    }
}
