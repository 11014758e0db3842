using Identity.Server.Trust;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sandbox;
using Xunit;

namespace Identity.Server.Tests.Verification;

/// <summary>Two provinces in a box.</summary>
public sealed class SandboxRegionsTests
{
    [Fact]
    public async Task The_sandbox_starts_provinces_that_believe_each_other()
    {
        var data = Directory.CreateTempSubdirectory("identity-regions-");
        await using (var regions = await Regions.StartAsync(["34", "32"], data.FullName, [Addresses.Free(), Addresses.Free()], LogLevel.Warning, TestContext.Current.CancellationToken))
        {
            Assert.Equal(2, regions.Provinces.Count);
            Assert.All(regions.Provinces, province =>
                Assert.Equal(["32", "34"], province.Services.GetRequiredService<TrustListSource>().Current.List.Content.Keys.Select(key => key.Issuer).Distinct().Order(StringComparer.Ordinal)));
        }

        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        data.Delete(recursive: true);
    }
}
