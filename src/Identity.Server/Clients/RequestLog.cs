using System.Threading.Channels;
using Identity.Server.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Identity.Server.Clients;

/// <summary>
/// The failed requests of registered clients, for their developers. Anybody can send rubbish under a client's id, so writing is
/// bounded here (a queue that drops, one save a second) and in the table (so many different ones a client).
/// </summary>
internal sealed partial class RequestLog(
    ClientDirectory clients, IServiceScopeFactory scopes, IOptions<RegistrationOptions> options, TimeProvider clock, ILogger<RequestLog> logger) : BackgroundService
{
    private const int Most = 200;

    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    private readonly Channel<Note> _notes = Channel.CreateBounded<Note>(new BoundedChannelOptions(Most) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly SemaphoreSlim _writing = new(1);

    /// <summary>Never waits and never fails.</summary>
    public void Add(string? clientId, string endpoint, string error, string? description, string? redirectUri)
    {
        if (clients.Find(clientId) is { Registration: not null } client)
        {
            var sent = redirectUri is null || RedirectUris.Fits(client, redirectUri) ? null : Shown(redirectUri);
            _notes.Writer.TryWrite(new Note(client.Id, endpoint, Cut(error, 64)!, Cut(description, ClientFailure.LongestText), sent));
        }
    }

    /// <summary>What this node has noted is in the table when this returns.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            var notes = new List<Note>();
            while (_notes.Reader.TryRead(out var note))
            {
                notes.Add(note);
            }

            foreach (var ofClient in notes.GroupBy(note => note.ClientId))
            {
                await WriteAsync(ofClient.Key, ofClient, cancellationToken);
            }
        }
        finally
        {
            _writing.Release();
        }
    }

    public async Task<IReadOnlyList<ClientFailure>> ReadAsync(string clientId, CancellationToken cancellationToken)
    {
        await FlushAsync(cancellationToken);
        await using var scope = scopes.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<ServerDbContext>().Set<ClientFailure>().AsNoTracking()
            .Where(failure => failure.ClientId == clientId).OrderByDescending(failure => failure.LastAt).Take(options.Value.FailuresPerClient).ToListAsync(cancellationToken);
    }

    public override void Dispose()
    {
        _writing.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await FlushAsync(stoppingToken);
            }
#pragma warning disable CA1031 // A background loop outlives every outage of its database. A log of failures is the first thing to do without.
            catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
#pragma warning restore CA1031
            {
                NotWritten(fault);
            }
        }
    }

    private async Task WriteAsync(string clientId, IEnumerable<Note> notes, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ServerDbContext>();
        var now = clock.GetUtcNow();
        var rows = await db.Set<ClientFailure>().Where(failure => failure.ClientId == clientId).ToListAsync(cancellationToken);
        foreach (var alike in notes.GroupBy(note => note))
        {
            var row = rows.Find(known => new Note(clientId, known.Endpoint, known.Error, known.Description, known.Sent) == alike.Key);
            if (row is null)
            {
                row = new ClientFailure
                {
                    Id = Guid.CreateVersion7(now),
                    ClientId = clientId,
                    Endpoint = alike.Key.Endpoint,
                    Error = alike.Key.Error,
                    Description = alike.Key.Description,
                    Sent = alike.Key.Sent,
                    FirstAt = now,
                    LastAt = now,
                };
                rows.Add(row);
                db.Add(row);
            }

            row.LastAt = now;
            row.Times += alike.Count();
        }

        foreach (var old in rows.OrderByDescending(row => row.LastAt).Skip(options.Value.FailuresPerClient))
        {
            db.Remove(old);
        }

        await db.SaveChangesAsync(cancellationToken);
    }

    /// <summary>Up to the query, where a person could be, and plain text.</summary>
    private static string Shown(string uri)
    {
        var end = uri.AsSpan().IndexOfAny('?', '#');
        return Cut(string.Concat((end < 0 ? uri : uri[..end]).Select(c => c is > ' ' and <= '~' ? c : '?')), ClientFailure.LongestText)!;
    }

    private static string? Cut(string? text, int longest) => text is null || text.Length <= longest ? text : text[..longest];

    private sealed record Note(string ClientId, string Endpoint, string Error, string? Description, string? Sent);

    [LoggerMessage(1061, LogLevel.Warning, "Failed requests of clients were not noted: the database cannot be asked")]
    private partial void NotWritten(Exception fault);
}
