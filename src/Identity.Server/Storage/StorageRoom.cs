using Identity.Server.Storage.Compiled.Postgres;
using Identity.Server.Storage.Compiled.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Identity.Server.Storage;

internal static class StorageRoom
{
    public static void AddStorage(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<StorageOptions>().BindConfiguration(StorageOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<StorageOptions>, StorageOptionsValidator>();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<OutboxSignal>();
        builder.Services.AddSingleton<OutboxSignalling>();
        builder.Services.AddScoped<Outbox>();
        builder.Services.AddSingleton<DenseNumbers>();
        builder.Services.AddSingleton<Leases>();
        builder.Services.AddSingleton<RedisConnection>();

        var connectionString = builder.Configuration.GetConnectionString("Database");
        var provider = builder.Configuration.GetSection(StorageOptions.Section).Get<StorageOptions>()?.Provider ?? StorageProvider.Sqlite;
        if (provider == StorageProvider.Postgres)
        {
            builder.Services.AddSingleton<CommitWatch>();
            builder.Services.AddDbContextPool<ServerDbContext, PostgresServerDbContext>((services, options) => options
                .UseNpgsql(PostgresConnections.Bounded(connectionString ?? throw new InvalidOperationException("ConnectionStrings:Database is not set, and PostgreSQL has no default.")))
                // Named: finding it by itself costs a look through the assembly's attributes for every context.
                .UseModel(PostgresServerDbContextModel.Instance)
                // The watch last: it may throw, and the bell must have rung by then.
                .AddInterceptors(services.GetRequiredService<OutboxSignalling>(), services.GetRequiredService<CommitWatch>()));
        }
        else
        {
            builder.Services.AddSingleton<OneWriter>();
            builder.Services.AddDbContextPool<ServerDbContext, SqliteServerDbContext>((services, options) => options
                .UseSqlite(connectionString ?? "Data Source=identity.db")
                .UseModel(SqliteServerDbContextModel.Instance)
                .AddInterceptors(new SqlitePragmas(), services.GetRequiredService<OneWriter>(), services.GetRequiredService<OutboxSignalling>()));
        }
    }

    /// <summary>Brings the schema up to date before the first request.</summary>
    public static async Task PrepareStorageAsync(this WebApplication app)
    {
        await using var scope = app.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ServerDbContext>();
        await PrepareDatabase.HandleAsync(db, app.Lifetime.ApplicationStopping);
        if (db.Database.IsNpgsql())
        {
            await PostgresConnections.CompareAsync(db, app.Logger, app.Lifetime.ApplicationStopping);
        }

        await app.Services.GetRequiredService<RedisConnection>().ConnectAsync();
    }
}
