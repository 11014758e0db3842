using System.Net;
using System.Text.Json;
using Identity.Server.Tests.Fixtures;
using Identity.Server.Trust;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using OneCode;
using OneCode.Sm;
using Xunit;

namespace Identity.Server.Tests.Trust;

/// <summary>
/// A server outside Development, with keys that were made for it. Only what Trust needs is prepared: the pages of other rooms
/// have tests of their own.
/// </summary>
public sealed class ProductionStartTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("production-").FullName;

    private string Keys => Path.Combine(_folder, "keys");

    private string Roots => Path.Combine(_folder, "roots");

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(Keys);
        Directory.CreateDirectory(Roots);
        foreach (var name in new[] { "person", "enterprise", "vehicle", "status", "audit" })
        {
            await WriteKeyAsync(Path.Combine(Keys, name + ".key.pem"));
        }

        await File.WriteAllTextAsync(Path.Combine(Keys, "master.secret"), Convert.ToBase64String(new byte[32]));
        for (var number = 1; number <= 3; number++)
        {
            await WriteKeyAsync(Path.Combine(Roots, $"root-{number}.key.pem"));
        }
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task With_its_keys_and_a_list_that_the_roots_signed_it_signs()
    {
        Assert.Equal(0, await SignAsync());
        await using var app = await PrepareAsync();
        foreach (var purpose in Enum.GetValues<KeyPurpose>())
        {
            Assert.NotNull(await app.Services.GetRequiredService<KeyRing>().SignerAsync(purpose, CancellationToken.None));
        }

        var current = app.Services.GetRequiredService<TrustListSource>().Current;
        Assert.Equal(2, current.Roots.Threshold);
        Assert.Equal(3, current.Roots.Keys.Count);
        Assert.Equal("https://login.province.example/status/{list}", current.List.Content.Keys[0].StatusUriTemplate);
    }

    [Fact]
    public async Task Keys_and_roots_may_be_of_SM2_and_what_they_sign_passes()
    {
        foreach (var file in new[] { Path.Combine(Keys, "person.key.pem"), Path.Combine(Keys, "status.key.pem"), Path.Combine(Roots, "root-1.key.pem"), Path.Combine(Roots, "root-2.key.pem") })
        {
            using var key = Sm2PrivateKey.Generate();
            await File.WriteAllTextAsync(file, Sm2Keys.WritePrivatePem(key), TestContext.Current.CancellationToken);
        }

        Assert.Equal(0, await SignAsync());
        await using var app = await PrepareAsync();
        var keys = app.Services.GetRequiredService<KeyRing>();
        var signer = await keys.SignerAsync(KeyPurpose.Person, CancellationToken.None);
        Assert.Equal(CoseAlgorithm.Sm2, signer.Algorithm);
        Assert.Equal(CoseAlgorithm.Sm2, (await keys.SignerAsync(KeyPurpose.StatusList, CancellationToken.None)).Algorithm);
        Assert.Equal(CoseAlgorithm.Es256, (await keys.SignerAsync(KeyPurpose.Vehicle, CancellationToken.None)).Algorithm);

        var now = TimeProvider.System.GetUtcNow();
        var claims = new CredentialClaims
        {
            Issuer = "34",
            Form = CredentialForm.Paper,
            Subject = new PersonClaims("张*", "001X"),
            IssuedAt = now,
            ValidFrom = now,
            ExpiresAt = now.AddDays(1),
            Status = new StatusReference("pm27110", 1),
            Level = 2,
        };
        var code = await CredentialIssuer.Prepare(claims, signer.KeyId, signer.Algorithm).CompleteAsync(signer, TestContext.Current.CancellationToken);
        var current = app.Services.GetRequiredService<TrustListSource>().Current;
        var verifier = new OfflineVerifier(TrustRoots.ParseJson(current.Roots.ToJson(), Sm2.AndEs256));
        Assert.Null(verifier.TakeTrustList(current.Signed.Span));
        Assert.Equal(Doubt.StatusUnknown, Assert.IsType<Verdict.Indeterminate>(verifier.Verify(code.CodeText, now)).Missing);
    }

    [Theory]
    [InlineData("person.key.pem")]
    [InlineData("status.key.pem")]
    [InlineData("audit.key.pem")]
    [InlineData("master.secret")]
    [InlineData("trust-list.cose")]
    [InlineData("trust-roots.json")]
    public async Task Without_one_of_its_files_it_names_the_file_and_does_not_start(string missing)
    {
        Assert.Equal(0, await SignAsync());
        File.Delete(Path.Combine(Keys, missing));
        var refusal = await Assert.ThrowsAsync<StartRefusedException>(PrepareAsync);
        Assert.Contains(Path.Combine(Keys, missing), refusal.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(Keys, missing)));
    }

    [Fact]
    public async Task Without_a_key_folder_it_does_not_start()
    {
        var refusal = await Assert.ThrowsAsync<StartRefusedException>(() => PrepareAsync(null));
        Assert.Contains("Trust:KeyFolder", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_a_damaged_key_it_starts_and_what_that_key_signs_is_closed()
    {
        Assert.Equal(0, await SignAsync());
        await File.WriteAllTextAsync(Path.Combine(Keys, "person.key.pem"), "-----BEGIN PRIVATE KEY-----\nMIGHAgEA\n-----END PRIVATE KEY-----\n", TestContext.Current.CancellationToken);
        await using var app = await PrepareAsync();
        var keys = app.Services.GetRequiredService<KeyRing>();
        await Assert.ThrowsAsync<KeyUnavailableException>(async () => await keys.SignerAsync(KeyPurpose.Person, CancellationToken.None));
        Assert.Contains("person.key.pem", keys.ProblemOf(KeyPurpose.Person), StringComparison.Ordinal);
        Assert.Null(keys.ProblemOf(KeyPurpose.Vehicle));
        Assert.NotNull(await keys.SignerAsync(KeyPurpose.StatusList, CancellationToken.None));
    }

    [Fact]
    public async Task With_a_key_that_the_roots_have_never_seen_it_signs_nothing()
    {
        Assert.Equal(0, await SignAsync());
        await WriteKeyAsync(Path.Combine(Keys, "person.key.pem"));
        await using var app = await PrepareAsync();
        await Assert.ThrowsAsync<KeyUnavailableException>(async () => await app.Services.GetRequiredService<KeyRing>().SignerAsync(KeyPurpose.Person, CancellationToken.None));
    }

    [Fact]
    public async Task One_root_of_three_is_not_enough()
    {
        Assert.Equal(0, await SignAsync());
        File.Delete(Path.Combine(Keys, "trust-list.cose"));
        File.Delete(Path.Combine(Roots, "root-2.key.pem"));
        File.Delete(Path.Combine(Roots, "root-3.key.pem"));
        Assert.Equal(1, await SignAsync());
        Assert.False(File.Exists(Path.Combine(Keys, "trust-list.cose")));
    }

    [Fact]
    public async Task A_successor_is_announced_before_it_signs_and_a_withdrawn_key_signs_nothing()
    {
        Assert.Equal(0, await SignAsync());
        await using (var app = await PrepareAsync())
        {
            await WriteKeyAsync(Path.Combine(Keys, "person-2.key.pem"));
            Assert.Equal(0, await SignAsync());
            var trust = app.Services.GetRequiredService<TrustListSource>();
            var before = (await app.Services.GetRequiredService<KeyRing>().SignerAsync(KeyPurpose.Person, CancellationToken.None)).KeyId;
            await trust.RefreshAsync(CancellationToken.None);
            Assert.Equal(5, trust.Current.List.Content.Keys.Count);
            Assert.Equal(before, (await app.Services.GetRequiredService<KeyRing>().SignerAsync(KeyPurpose.Person, CancellationToken.None)).KeyId);

            Assert.Equal(0, await SignAsync("--withdraw", before.ToString()));
            File.SetLastWriteTimeUtc(Path.Combine(Keys, "trust-list.cose"), TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(5));
            await trust.RefreshAsync(CancellationToken.None);
            await Assert.ThrowsAsync<KeyUnavailableException>(async () => await app.Services.GetRequiredService<KeyRing>().SignerAsync(KeyPurpose.Person, CancellationToken.None));
        }
    }

    [Fact]
    public async Task Signing_anew_keeps_what_the_list_says_of_other_regions()
    {
        Assert.Equal(0, await SignAsync());
        var listFile = Path.Combine(Keys, "trust-list.cose");
        var roots = TrustRoots.ParseJson(await File.ReadAllTextAsync(Path.Combine(Keys, "trust-roots.json"), TestContext.Current.CancellationToken), Sm2.AndEs256);
        var before = ListOf(listFile, roots);
        // As `onecode trust admit` and `levels` leave it.
        using var stranger = new SoftwareSigner(System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256));
        var foreign = before.Keys.First(key => key.Purpose == KeyPurpose.Person) with { PublicKey = stranger.PublicKey, Issuer = "32", StatusUriTemplate = "https://id.32.example/status/{list}" };
        Assert.True(LevelMapping.TryParse("32", "0,1,3,4", out var levels));
        var signers = new[] { "root-1.key.pem", "root-2.key.pem" }.Select(name => OwnKey.TryRead(File.ReadAllText(Path.Combine(Roots, name)), out var key) ? key : throw new InvalidOperationException(name));
        await File.WriteAllBytesAsync(
            listFile,
            await TrustListToken.Prepare(before with { Version = before.Version + 1, Keys = [.. before.Keys, foreign], Levels = [levels] }).CompleteAsync([.. signers], TestContext.Current.CancellationToken),
            TestContext.Current.CancellationToken);

        Assert.Equal(0, await SignAsync());
        var after = ListOf(listFile, roots);
        Assert.True(after.Version > before.Version + 1);
        Assert.Equal([levels], after.Levels);
        Assert.Equal(foreign, after.Keys.Single(key => key.Issuer == "32"));
        Assert.Equal(before.Keys.Count + 1, after.Keys.Count);
    }

    [Theory]
    [InlineData("0,1,3,4", true)]
    [InlineData("4,4,4,4", true)]
    [InlineData("0,1,3", false)]
    [InlineData("0,1,3,4,4", false)]
    [InlineData("0,3,1,4", false)]
    [InlineData("0,1,3,5", false)]
    [InlineData("-1,1,3,4", false)]
    [InlineData("none", false)]
    [InlineData("", false)]
    public void What_a_neighbours_levels_count_for_is_checked_at_the_start(string levels, bool isFine)
    {
        var options = new TrustOptions();
        options.Neighbours.Add(new NeighbourOptions { Levels = "0,1,2,3" });
        options.Neighbours.Add(new NeighbourOptions { Levels = levels });
        var result = new NeighbourOptionsValidator().Validate(null, options);
        Assert.Equal(isFine, result.Succeeded);
        Assert.True(isFine || result.FailureMessage!.Contains($"Trust:Neighbours:1:Levels is '{levels}'", StringComparison.Ordinal), result.FailureMessage);
    }

    [Fact]
    public async Task A_chain_of_root_changes_that_nobody_reads_stops_the_start_and_replaces_none_that_is_read()
    {
        Assert.Equal(0, await SignAsync());
        var file = Path.Combine(Keys, "root-changes.cose");
        byte[] link = [0x81, 0x00];
        await File.WriteAllBytesAsync(file, [.. Enumerable.Repeat(link, 65).SelectMany(bytes => bytes)], TestContext.Current.CancellationToken);
        var refusal = await Assert.ThrowsAsync<StartRefusedException>(PrepareAsync);
        Assert.Contains("at most 64 changes", refusal.Message, StringComparison.Ordinal);

        byte[] longest = [.. Enumerable.Repeat(link, 64).SelectMany(bytes => bytes)];
        await File.WriteAllBytesAsync(file, longest, TestContext.Current.CancellationToken);
        await using var app = await PrepareAsync();
        var trust = app.Services.GetRequiredService<TrustListSource>();
        await File.WriteAllBytesAsync(file, longest[..^1], TestContext.Current.CancellationToken);
        await trust.RefreshAsync(CancellationToken.None);
        Assert.Equal(longest, trust.RootChanges);
    }

    [Fact]
    public async Task An_older_list_does_not_take_the_place_of_a_newer()
    {
        Assert.Equal(0, await SignAsync());
        var old = await File.ReadAllBytesAsync(Path.Combine(Keys, "trust-list.cose"), TestContext.Current.CancellationToken);
        Assert.Equal(0, await SignAsync());
        await using var app = await PrepareAsync();
        var trust = app.Services.GetRequiredService<TrustListSource>();
        var version = trust.Current.List.Content.Version;
        await File.WriteAllBytesAsync(Path.Combine(Keys, "trust-list.cose"), old, TestContext.Current.CancellationToken);
        File.SetLastWriteTimeUtc(Path.Combine(Keys, "trust-list.cose"), TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(5));
        await trust.RefreshAsync(CancellationToken.None);
        Assert.Equal(version, trust.Current.List.Content.Version);
    }

    [Fact]
    public async Task Development_makes_its_keys_private_and_keeps_its_list_over_a_restart()
    {
        await using var server = new TheServer();
        await server.InitializeAsync();
        var keys = Path.Combine(server.Directory, "keys");
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(keys, "person.key.pem")));
        }

        using var http = new HttpClient { BaseAddress = server.Login };
        using var metadata = JsonDocument.Parse(await http.GetStringAsync(new Uri("/.well-known/onecode-configuration", UriKind.Relative), TestContext.Current.CancellationToken));
        var roots = TrustRoots.ParseJson(metadata.RootElement.GetProperty("trust_roots").GetRawText());
        using var answer = await http.GetAsync(metadata.RootElement.GetProperty("trust_list_uri").GetString(), TestContext.Current.CancellationToken);
        Assert.Equal("application/cose", answer.Content.Headers.ContentType!.MediaType);
        Assert.True(TrustListToken.TryVerify(await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken), roots, null, out var list, out _));
        using var request = new HttpRequestMessage(HttpMethod.Get, metadata.RootElement.GetProperty("trust_list_uri").GetString());
        request.Headers.IfNoneMatch.Add(answer.Headers.ETag!);
        using var again = await http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);

        await server.App.Services.GetRequiredService<TrustListSource>().RefreshAsync(CancellationToken.None);
        Assert.Equal(list.Content.Version, server.App.Services.GetRequiredService<TrustListSource>().Current.List.Content.Version);
    }

    private static TrustListContent ListOf(string file, TrustRoots roots) =>
        TrustListToken.TryVerify(File.ReadAllBytes(file), roots, null, out var list, out var rejection) ? list.Content : throw new InvalidOperationException(rejection.ToString());

    private static async Task WriteKeyAsync(string file)
    {
        using var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        await File.WriteAllTextAsync(file, key.ExportPkcs8PrivateKeyPem());
    }

    private Task<int> SignAsync(params string[] more) =>
        SignTrustList.RunAsync(["--keys", Keys, "--roots", Roots, "--login", "https://login.province.example", .. more], TimeProvider.System);

    private Task<WebApplication> PrepareAsync() => PrepareAsync(Keys);

    private async Task<WebApplication> PrepareAsync(string? keys)
    {
        var app = ServerHost.CreateBuilder(
            ["--environment", "Production", "--contentRoot", _folder],
            new Dictionary<string, string?>
            {
                ["Origins:Login"] = "https://login.province.example",
                ["Trust:KeyFolder"] = keys,
                ["Logging:LogLevel:Default"] = "None",
            }).Build();
        try
        {
            await app.PrepareTrustAsync();
            return app;
        }
        catch (StartRefusedException)
        {
            await app.DisposeAsync();
            throw;
        }
    }
}
