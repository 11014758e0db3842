using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Identity.Server.Tests.Fixtures;
using Xunit;

namespace Identity.Server.Tests.Deployment;

/// <summary>
/// What docker-compose.yml describes, as processes of this machine: the server in Production with the keys of
/// <c>certs/generate.sh</c>, PostgreSQL, and a Redis that knows users. The server's settings are read from that file.
/// </summary>
public sealed partial class DeploymentTests(PostgresServer postgres)
{
    private const string Host = "login.province.example";

    private static readonly string Root = Repository.Root;

    [Fact]
    public async Task The_wiring_of_docker_compose_starts_in_production()
    {
        using var certs = await Certs.GenerateAsync(Root, Host);
        await using var redis = await RedisServer.StartAsync("--aclfile", Path.Combine(certs.Secrets, "redis-users.acl"));
        await certs.PointAtAsync(await postgres.NewDatabaseAsync(), redis.ConnectionString);
        using var server = ServerProcess.Start(SettingsOf(certs));
        await server.WaitUntilReadyAsync();

        using var discovery = JsonDocument.Parse(await server.GetStringAsync("/.well-known/openid-configuration"));
        Assert.Equal($"https://{Host}", discovery.RootElement.GetProperty("issuer").GetString()!.TrimEnd('/'));
        using var metadata = JsonDocument.Parse(await server.GetStringAsync("/.well-known/onecode-configuration"));
        Assert.Equal(2, metadata.RootElement.GetProperty("trust_roots").GetProperty("threshold").GetInt32());
        Assert.Equal(await File.ReadAllBytesAsync(certs.TrustList, TestContext.Current.CancellationToken), await server.GetBytesAsync("/trust/list"));
        Assert.Contains("current-password", await server.GetStringAsync("/sign-in"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.PermanentRedirect, await server.StatusInTheClearAsync("/sign-in"));
    }

    [Fact]
    public async Task Without_keys_it_says_which_is_missing_and_stops()
    {
        using var certs = await Certs.GenerateAsync(Root, Host);
        File.Delete(Path.Combine(certs.Keys, "vehicle.key.pem"));
        await certs.PointAtAsync(await postgres.NewDatabaseAsync(), redis: null);
        using var server = ServerProcess.Start(SettingsOf(certs));
        var (exitCode, said) = await server.WaitUntilStoppedAsync();
        Assert.NotEqual(0, exitCode);
        Assert.Contains("vehicle.key.pem", said, StringComparison.Ordinal);
    }

    /// <summary>The server's environment in docker-compose.yml, with the folders of this machine in place of the container's.</summary>
    private static Dictionary<string, string> SettingsOf(Certs certs)
    {
        var environment = File.ReadLines(Path.Combine(Root, "docker-compose.yml"))
            .SkipWhile(line => line != "  server:").SkipWhile(line => line != "    environment:").Skip(1)
            .TakeWhile(line => line.StartsWith("      ", StringComparison.Ordinal))
            .Where(line => !line.TrimStart().StartsWith('#'))
            .Select(line => line.Trim().Split(": ", 2))
            .ToDictionary(pair => pair[0], pair => Default().Replace(pair[1].Trim('"'), "$1"));
        Assert.Contains("Secrets__Folder", environment.Keys);
        return environment.ToDictionary(pair => pair.Key, pair => pair.Value
            .Replace("172.16.0.0/12", "127.0.0.0/8", StringComparison.Ordinal) switch
        {
            "/run/secrets" => certs.Settings,
            "/keys" => certs.Keys,
            var path when path.StartsWith("/keys/", StringComparison.Ordinal) => certs.Keys + path["/keys".Length..],
            var path when path.StartsWith("/trust/", StringComparison.Ordinal) => certs.Public + path["/trust".Length..],
            var other => other,
        });
    }

    /// <summary><c>${NAME:-default}</c></summary>
    [GeneratedRegex(@"\$\{\w+:-([^}]*)\}")]
    private static partial Regex Default();

    /// <summary>What certs/generate.sh makes, in a folder that goes afterwards.</summary>
    private sealed class Certs : IDisposable
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("deployment-");

        public string Keys => Path.Combine(_folder.FullName, "certs", "keys");

        public string Public => Path.Combine(_folder.FullName, "certs", "public");

        public string Secrets => Path.Combine(_folder.FullName, "certs", "secrets");

        public string TrustList => Path.Combine(Public, "trust-list.cose");

        /// <summary>The secrets that docker compose gives to the server, and no others.</summary>
        public string Settings => Path.Combine(_folder.FullName, "settings");

        public static async Task<Certs> GenerateAsync(string root, string host)
        {
            var certs = new Certs();
            var folder = certs._folder.CreateSubdirectory("certs").FullName;
            var tools = certs._folder.CreateSubdirectory("tools").FullName;
            Directory.CreateDirectory(certs.Settings);
            File.Copy(Path.Combine(root, "certs", "generate.sh"), Path.Combine(folder, "generate.sh"));
            // The script runs the server from its sources; here it is built already.
            var shim = Path.Combine(tools, "dotnet");
            await File.WriteAllTextAsync(shim, $"#!/bin/sh\nshift 4\nexec '{ServerProcess.Dotnet}' '{ServerProcess.Assembly}' \"$@\"\n");
            using (var chmod = Process.Start("chmod", ["+x", shim]))
            {
                await chmod.WaitForExitAsync();
            }
            var start = new ProcessStartInfo("bash", [Path.Combine(folder, "generate.sh"), "--login", $"https://{host}"]) { RedirectStandardOutput = true, RedirectStandardError = true };
            start.Environment["PATH"] = tools + ":" + start.Environment["PATH"];
            using var script = Process.Start(start)!;
            var said = script.StandardError.ReadToEndAsync();
            await script.StandardOutput.ReadToEndAsync();
            await script.WaitForExitAsync();
            Assert.True(script.ExitCode == 0, await said);
            return certs;
        }

        /// <summary>The same secrets, with this machine's addresses in place of the names that containers have.</summary>
        public async Task PointAtAsync(string database, string? redis)
        {
            await File.WriteAllTextAsync(Path.Combine(Settings, "ConnectionStrings__Database"), database);
            if (redis is not null)
            {
                var secret = await File.ReadAllTextAsync(Path.Combine(Secrets, "ConnectionStrings__Redis"));
                await File.WriteAllTextAsync(Path.Combine(Settings, "ConnectionStrings__Redis"), secret.Replace("redis:6379", redis, StringComparison.Ordinal));
            }
        }

        public void Dispose() => _folder.Delete(recursive: true);
    }

    /// <summary>The server as a process of its own, behind a proxy that ends TLS.</summary>
    private sealed class ServerProcess : IDisposable
    {
        public static readonly string Assembly = Path.Combine(AppContext.BaseDirectory, "Identity.Server.dll");
        public static readonly string Dotnet = Environment.GetEnvironmentVariable("PATH")!.Split(':').Select(folder => Path.Combine(folder, "dotnet")).First(File.Exists);

        private readonly Process _process;
        private readonly HttpClient _client;
        private readonly ConcurrentQueue<string?> _said = new();

        private ServerProcess(Process process, int port)
        {
            _process = process;
            _client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = new($"http://127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)}") };
            process.OutputDataReceived += (_, line) => _said.Enqueue(line.Data);
            process.ErrorDataReceived += (_, line) => _said.Enqueue(line.Data);
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
        }

        private string Said => string.Join(Environment.NewLine, _said);

        public static ServerProcess Start(Dictionary<string, string> settings)
        {
            var port = FreePort.Next();
            var start = new ProcessStartInfo(Dotnet, [Assembly]) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Path.GetTempPath() };
            foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("ASPNETCORE_", StringComparison.Ordinal) || name.StartsWith("DOTNET_ENV", StringComparison.Ordinal)).ToList())
            {
                start.Environment.Remove(name);
            }
            foreach (var (name, value) in settings)
            {
                start.Environment[name] = value;
            }
            start.Environment["ASPNETCORE_URLS"] = $"http://127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)}";
            return new(Process.Start(start)!, port);
        }

        public async Task WaitUntilReadyAsync()
        {
            for (var tries = 0; ; tries++)
            {
                Assert.False(_process.HasExited || tries == 600, Said);
                try
                {
                    using var answer = await _client.GetAsync(new Uri("/health/ready", UriKind.Relative));
                    if (answer.IsSuccessStatusCode)
                    {
                        return;
                    }
                }
                catch (HttpRequestException)
                {
                    // Not listening yet.
                }
                await Task.Delay(100);
            }
        }

        public async Task<(int ExitCode, string Said)> WaitUntilStoppedAsync()
        {
            await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(1));
            return (_process.ExitCode, Said);
        }

        public async Task<string> GetStringAsync(string path) => Encoding.UTF8.GetString(await GetBytesAsync(path));

        public async Task<byte[]> GetBytesAsync(string path)
        {
            using var answer = await SendAsync(path, "https");
            Assert.True(answer.IsSuccessStatusCode, $"{path}: {answer.StatusCode} {Said}");
            return await answer.Content.ReadAsByteArrayAsync();
        }

        public async Task<HttpStatusCode> StatusInTheClearAsync(string path)
        {
            using var answer = await SendAsync(path, "http");
            return answer.StatusCode;
        }

        public void Dispose()
        {
            _process.Kill();
            _process.WaitForExit();
            _process.Dispose();
            _client.Dispose();
        }

        private async Task<HttpResponseMessage> SendAsync(string path, string scheme)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(path, UriKind.Relative));
            request.Headers.Host = Host;
            request.Headers.Add("X-Forwarded-Proto", scheme);
            return await _client.SendAsync(request);
        }
    }
}
