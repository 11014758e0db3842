using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Identity.Server.Storage;
using Identity.Server.Web;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.Extensions.Options;

namespace Identity.Server.Credentials;

/// <summary>
/// What was answered under an <c>Idempotency-Key</c>. The answer may hold a code's text, so it is sealed under a key that only the
/// header opens: the database alone gives no code back.
/// </summary>
internal sealed class StoredAnswer
{
    /// <summary>Keyed digest of the caller and the header.</summary>
    public required byte[] Id { get; init; }

    /// <summary>What was asked: the same key with another request is a mistake to be told.</summary>
    public required byte[] RequestHash { get; init; }

    public required byte[] Sealed { get; init; }

    public required DateTimeOffset At { get; init; }
}

internal sealed class StoredAnswerConfiguration : IEntityTypeConfiguration<StoredAnswer>
{
    public void Configure(EntityTypeBuilder<StoredAnswer> answer)
    {
        answer.ToTable("stored_answers");
        answer.HasKey(a => a.Id);
        answer.Property(a => a.Id).HasMaxLength(32).ValueGeneratedNever();
        answer.Property(a => a.RequestHash).HasMaxLength(32);
        // "What is old enough to forget?"
        answer.HasIndex(a => a.At);
    }
}

/// <summary>
/// One write of one caller under one <c>Idempotency-Key</c>. The use case calls <see cref="Remember"/> right before the save that
/// makes its answer true, so change and answer are one transaction: a client that never heard the answer asks again and gets it.
/// </summary>
internal sealed class Once(ServerDbContext db, OnceKeys keys, TimeProvider clock, IOptions<CredentialsOptions> options)
{
    private byte[]? _id;
    private byte[]? _key;
    private byte[]? _request;

    /// <summary>Begins under this key; null when it is new, else the answer of then. A key that was used for something else is <c>Reused</c>.</summary>
    public async Task<(JsonElement? Answer, bool Reused)> BeginAsync(Guid accountId, string key, byte[] requestHash, CancellationToken cancellationToken)
    {
        (_id, _key, _request) = (keys.Derive("id", accountId, key), keys.Derive("seal", accountId, key), requestHash);
        var since = clock.GetUtcNow() - options.Value.AnswersKept;
        var stored = await db.Set<StoredAnswer>().AsNoTracking().SingleOrDefaultAsync(a => a.Id == _id, cancellationToken);
        if (stored is not null && stored.At <= since)
        {
            // Over, and not swept yet: it must not stand in the way of the new answer.
            await db.Set<StoredAnswer>().Where(a => a.Id == _id && a.At <= since).ExecuteDeleteAsync(cancellationToken);
            stored = null;
        }

        return stored is null ? (null, false)
            : !stored.RequestHash.AsSpan().SequenceEqual(requestHash) ? (null, true)
            : (Open(stored.Sealed, _key), false);
    }

    /// <summary>Reads an answer without beginning anything.</summary>
    public async Task<JsonElement?> FindAsync(Guid accountId, string key, CancellationToken cancellationToken)
    {
        var id = keys.Derive("id", accountId, key);
        var since = clock.GetUtcNow() - options.Value.AnswersKept;
        return await db.Set<StoredAnswer>().AsNoTracking().SingleOrDefaultAsync(a => a.Id == id && a.At > since, cancellationToken) is { } stored
            ? Open(stored.Sealed, keys.Derive("seal", accountId, key))
            : null;
    }

    public bool IsBegun => _id is not null;

    /// <summary>Adds the answer to the caller's transaction. Without a key there is nothing to remember.</summary>
    public void Remember(object answer)
    {
        if (_id is null)
        {
            return;
        }

        db.Add(new StoredAnswer
        {
            Id = _id,
            RequestHash = _request!,
            Sealed = Seal(JsonSerializer.SerializeToUtf8Bytes(answer, answer.GetType(), JsonSerializerOptions.Web), _key!),
            At = clock.GetUtcNow(),
        });
    }

    private static byte[] Seal(byte[] plain, byte[] key)
    {
        var value = new byte[28 + plain.Length];
        RandomNumberGenerator.Fill(value.AsSpan(0, 12));
        using var cipher = new AesGcm(key, 16);
        cipher.Encrypt(value.AsSpan(0, 12), plain, value.AsSpan(28), value.AsSpan(12, 16));
        return value;
    }

    private static JsonElement Open(byte[] value, byte[] key)
    {
        var plain = new byte[value.Length - 28];
        using var cipher = new AesGcm(key, 16);
        cipher.Decrypt(value.AsSpan(0, 12), value.AsSpan(28), value.AsSpan(12, 16), plain);
        return JsonSerializer.Deserialize<JsonElement>(plain);
    }
}

/// <summary>The keys of stored answers: of the server's secret and the header together, so that neither alone is enough.</summary>
internal sealed class OnceKeys(byte[] key)
{
    public byte[] Derive(string use, Guid accountId, string header) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"{use}\n{accountId}\n{header}"));
}

/// <summary>Reads the header before the use case runs, and answers in its place when this was asked before.</summary>
internal sealed class OnceFilter(IServiceScopeFactory scopes) : IEndpointFilter
{
    public const string Header = "Idempotency-Key";
    private const int MostCharacters = 128;

    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        if (!http.Request.Headers.TryGetValue(Header, out var header))
        {
            try
            {
                return await next(context);
            }
            catch (OutcomeUnknownException)
            {
                return Unknown(http);
            }
        }

        if (header is not [{ Length: > 0 and <= MostCharacters } key] || Caller.Of(http.User).AccountId is not { } accountId)
        {
            return Problem.Of(StatusCodes.Status400BadRequest, "invalid_idempotency_key", $"{Header} is one value of 1 to {MostCharacters} characters.");
        }

        var request = HashOf(context);
        var once = http.RequestServices.GetRequiredService<Once>();
        var begun = await once.BeginAsync(accountId, key, request, http.RequestAborted);
        if (begun is not (null, false))
        {
            return Answer(begun);
        }

        http.Features.Set(new OnceTicket(accountId, key, request));
        try
        {
            return await next(context);
        }
        catch (DbUpdateException)
        {
            // Two requests under one key at the same time: the other one was first and its answer is ours. If it is not there, the
            // failure was something else.
            begun = await LookAsync();
            if (begun is not (null, false))
            {
                return Answer(begun);
            }

            throw;
        }
        catch (OutcomeUnknownException)
        {
            // If the answer is there, it is done. If it is not, the COMMIT may still be on its way: that is not a no. Asking again under
            // this key waits for it at the answer's row, and then finds it or does it.
            try
            {
                begun = await LookAsync();
            }
            catch (Exception away) when (DatabaseAway.Is(away))
            {
                return Unknown(http);
            }

            return begun is not (null, false) ? Answer(begun) : Unknown(http);
        }

        async Task<(JsonElement? Answer, bool Reused)> LookAsync()
        {
            await using var scope = scopes.CreateAsyncScope();
            return await scope.ServiceProvider.GetRequiredService<Once>().BeginAsync(accountId, key, request, http.RequestAborted);
        }
    }

    private static ProblemHttpResult Unknown(HttpContext http)
    {
        http.Response.Headers.RetryAfter = "1";
        return Problem.Of(StatusCodes.Status503ServiceUnavailable, "outcome_unknown", $"It is not known whether this was done. Send it again, with the same {Header}.");
    }

    private static IResult Answer((JsonElement? Answer, bool Reused) begun) => begun.Answer is { } answer
        ? TypedResults.Json(answer)
        : Problem.Of(StatusCodes.Status422UnprocessableEntity, "idempotency_key_reused", "This key was used for another request.");

    private static byte[] HashOf(EndpointFilterInvocationContext context)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{context.HttpContext.Request.Method} {context.HttpContext.Request.Path}\n"));
        foreach (var body in context.Arguments.OfType<IRequestBody>())
        {
            hash.AppendData(JsonSerializer.SerializeToUtf8Bytes(body, body.GetType()));
        }

        return hash.GetHashAndReset();
    }
}

/// <summary>Marks what came in a request's body: it belongs to what an <c>Idempotency-Key</c> stands for.</summary>
internal interface IRequestBody;
