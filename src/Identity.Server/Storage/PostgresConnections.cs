using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Identity.Server.Storage;

/// <summary>How many connections one node opens, and whether PostgreSQL has room for them.</summary>
internal static partial class PostgresConnections
{
    /// <summary>Unless the connection string says otherwise. Two nodes fit into a PostgreSQL as it comes (100).</summary>
    /// <remarks>
    /// Npgsql would open up to 100. PostgreSQL refuses whoever finds no place, and a rush that two nodes answered with 200 connections
    /// failed where it should have waited; more than a few for each core only wait there instead of here.
    /// </remarks>
    private const int PerNode = 40;

    // Of a name that is given twice the later value counts, under each of its spellings.
    public static string Bounded(string connectionString) => $"Maximum Pool Size={PerNode};{connectionString}";

    /// <summary>Says so when this node alone may ask for more than there is.</summary>
    public static async Task CompareAsync(ServerDbContext db, ILogger logger, CancellationToken cancellationToken)
    {
        var pool = new NpgsqlConnectionStringBuilder(db.Database.GetConnectionString()).MaxPoolSize;
        var room = await db.Database
            .SqlQuery<int>($"SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int AS \"Value\"")
            .SingleAsync(cancellationToken);
        if (pool > room)
        {
            NoRoom(logger, pool, room);
        }
    }

    [LoggerMessage(9003, LogLevel.Warning, "This node may open {Pool} connections and PostgreSQL has room for {Room}. Set Maximum Pool Size in ConnectionStrings:Database so that all nodes together fit, or raise max_connections")]
    private static partial void NoRoom(ILogger logger, int pool, int room);
}
