using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Identity.Server.Audit;
using Identity.Server.Credentials;
using Identity.Server.Subjects;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace Identity.Server.Tests.Credentials;

/// <summary>
/// Registers that are down, slow, or talk nonsense: no code for what they alone can say, none guessed, and phones that have theirs
/// keep it for a day.
/// </summary>
public sealed class RegisterOutageTests : IAsyncLifetime
{
    private readonly CodesProvince _province = new(new() { ["Registers:Timeout"] = "00:00:00.500" });

    public ValueTask InitializeAsync() => _province.InitializeAsync();

    public ValueTask DisposeAsync() => _province.DisposeAsync();

    [Theory]
    [InlineData(Outage.Down)]
    [InlineData(Outage.Silent)]
    [InlineData(Outage.Broken)]
    [InlineData(Outage.Nonsense)]
    public async Task Nothing_is_issued_and_nothing_is_written_until_the_registers_are_back(Outage outage)
    {
        using var wallet = await _province.OpenWalletAsync(await _province.AddSomeoneAsync(enterprise: true, vehicle: true));
        var before = await RowsAsync();
        var data = (await _province.StopRegistersAsync())!;
        await using (new BadRegisters(_province.RegistersAddress, outage))
        {
            foreach (var kind in new[] { "enterprise", "vehicle" })
            {
                SaysTryLater(await wallet.PrintAsync(kind, idempotencyKey: "outage-" + kind));
                var (status, answer, _) = await wallet.EnrolAsync(kind);
                SaysTryLater((status, answer));
            }

            using var list = await wallet.Http.GetAsync(new Uri("/api/subjects", UriKind.Relative), TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, list.StatusCode);
            Assert.Equal(TimeSpan.FromSeconds(30), list.Headers.RetryAfter?.Delta);
        }

        Assert.Equal(before, await RowsAsync());

        // The same server, the same key, no restart.
        await _province.StartRegistersAsync(data);
        var (printed, paper) = await wallet.PrintAsync("vehicle", idempotencyKey: "outage-vehicle");
        Assert.True(printed == 200, paper.ToString());
        Assert.Equal(200, (await wallet.EnrolAsync("enterprise")).Status);
    }

    [Fact]
    public async Task What_was_confirmed_is_not_printed_anew_while_the_registers_are_down()
    {
        using var wallet = await _province.OpenWalletAsync(await _province.AddSomeoneAsync(enterprise: true));
        Assert.Equal(200, (await wallet.EnrolAsync("enterprise")).Status);
        var before = await RowsAsync();
        await _province.StopRegistersAsync();

        SaysTryLater(await wallet.PrintAsync("enterprise"));
        Assert.Equal(before, await RowsAsync());
    }

    [Fact]
    public async Task A_phone_renews_for_a_day_on_the_registers_last_word()
    {
        var someone = await _province.AddSomeoneAsync(vehicle: true);
        using var wallet = await _province.OpenWalletAsync(someone);
        Assert.Equal(200, (await wallet.EnrolAsync("vehicle")).Status);
        var data = (await _province.StopRegistersAsync())!;

        await ConfirmedAsync(TimeSpan.FromHours(23.9));
        var before = await RowsAsync();
        var (status, answer, keys) = await wallet.EnrolAsync("vehicle");
        Assert.True(status == 200, answer.ToString());
        Assert.Equal(before, await RowsAsync());
        var verdict = await _province.VerifyAsync(await Wallet.ShowAsync(answer.GetProperty("credentials")[0], keys[0]));
        Assert.Equal("passed", verdict.GetProperty("verdict").GetString());

        await ConfirmedAsync(TimeSpan.FromHours(24.1));
        var (late, problem, _) = await wallet.EnrolAsync("vehicle");
        SaysTryLater((late, problem));

        await _province.StartRegistersAsync(data);
        Assert.Equal(200, (await wallet.EnrolAsync("vehicle")).Status);

        Task<int> ConfirmedAsync(TimeSpan ago) => _province.DatabaseAsync(db => db.Set<Mandate>().Where(m => m.PersonId == someone.PersonId)
            .ExecuteUpdateAsync(set => set.SetProperty(m => m.ConfirmedAt, TimeProvider.System.GetUtcNow() - ago)));
    }

    [Fact]
    public async Task A_renewal_writes_nothing_of_an_answer_that_breaks_off()
    {
        var someone = await _province.AddSomeoneAsync(enterprise: true);
        using var wallet = await _province.OpenWalletAsync(someone);
        Assert.Equal(200, (await wallet.EnrolAsync("enterprise")).Status);

        // One enterprise under another name and then one with a wrong check character: not an answer to believe half of.
        _province.Registers.Enterprises =
        [
            .. _province.Registers.Enterprises.Select(e => e.Uscc == someone.Uscc ? e with { Name = "另一个名字" } : e),
            new("911234567890123456", "没有这家公司", someone.Number),
        ];
        var proof = (await wallet.ProofAsync()).ToString();
        var (status, answer) = await wallet.PostAsync("/api/credentials", new { kind = "enterprise", form = "phone", proofs = new { jwt = new[] { proof } } }, "half");
        Assert.True(status == 200, answer.ToString());
        Assert.NotEqual("另一个名字", await _province.DatabaseAsync(db => db.Set<Enterprise>().Where(e => e.Uscc == someone.Uscc).Select(e => e.Name).SingleAsync()));
    }

    [Fact]
    public async Task A_new_phone_says_what_the_register_says_now()
    {
        var someone = await _province.AddSomeoneAsync(enterprise: true);
        using var first = await _province.OpenWalletAsync(someone);
        Assert.Equal(200, (await first.EnrolAsync("enterprise")).Status);
        _province.Registers.Enterprises = [.. _province.Registers.Enterprises.Select(e => e.Uscc == someone.Uscc ? e with { Name = "改名后有限公司" } : e)];

        using var second = await _province.OpenWalletAsync(someone);
        var (_, answer, keys) = await second.EnrolAsync("enterprise");
        var verdict = await _province.VerifyAsync(await Wallet.ShowAsync(answer.GetProperty("credentials")[0], keys[0]));
        Assert.Equal("改名后有限公司", verdict.GetProperty("claims").GetProperty("name").GetString());
    }

    private static void SaysTryLater((int Status, JsonElement Answer) answer)
    {
        Assert.True(answer.Status == 503, answer.ToString());
        Assert.Equal("register_unavailable", answer.Answer.GetProperty("code").GetString());
        Assert.DoesNotContain("OC1:", answer.Answer.ToString(), StringComparison.Ordinal);
    }

    // Whatever an issue could write, counted.
    private Task<int[]> RowsAsync() => _province.DatabaseAsync(async db => new[]
    {
        await db.Set<Holding>().CountAsync(),
        await db.Set<PrintedCredential>().CountAsync(),
        await db.Set<StoredAnswer>().CountAsync(),
        await db.Set<Enterprise>().CountAsync(),
        await db.Set<Vehicle>().CountAsync(),
        await db.Set<Mandate>().CountAsync(),
        await db.Set<AuditEntry>().CountAsync(),
    });

    public enum Outage
    {
        Down,
        Silent,
        Broken,
        Nonsense,
    }

    /// <summary>Something at the registers' address that is no register.</summary>
    private sealed class BadRegisters : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly TcpListener? _listener;
        private readonly Task _serving = Task.CompletedTask;

        public BadRegisters(Uri address, Outage outage)
        {
            if (outage == Outage.Down)
            {
                return;
            }

            _listener = new TcpListener(IPAddress.Loopback, address.Port);
            _listener.Start();
            _serving = ServeAsync(_listener, outage switch
            {
                Outage.Broken => "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
                // What a gateway's login page or an empty object would be taken for: "this person has nothing".
                Outage.Nonsense => "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}",
                _ => null,
            });
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            // First this: on a listener that is gone, accepting fails with a fault instead of an end.
            await _serving;
            _listener?.Dispose();
            _stop.Dispose();
        }

        private async Task ServeAsync(TcpListener listener, string? answer)
        {
            var open = new List<TcpClient>();
            try
            {
                while (true)
                {
                    var client = await listener.AcceptTcpClientAsync(_stop.Token);
                    open.Add(client);
                    if (answer is not null)
                    {
                        await AnswerAsync(client.GetStream(), answer);
                    }
                }
            }
            catch (OperationCanceledException)
            {
                open.ForEach(client => client.Dispose());
            }
        }

        private async Task AnswerAsync(NetworkStream stream, string answer)
        {
            try
            {
                // The question is short and its body comes in a packet of its own. A caller may lose patience before.
                var read = new byte[4096];
                int length;
                while ((length = await stream.ReadAsync(read, _stop.Token)) > 0 && !System.Text.Encoding.UTF8.GetString(read, 0, length).Contains('}', StringComparison.Ordinal))
                {
                }

                await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(answer), _stop.Token);
            }
            catch (IOException)
            {
                // The caller hung up: the next one may ask.
            }
        }
    }
}
