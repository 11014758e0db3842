using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Identity.Server.Storage;

internal enum StorageProvider
{
    Sqlite,
    Postgres,
}

/// <summary>Where the durable truth is kept. The connection string is <c>ConnectionStrings:Database</c>.</summary>
internal sealed class StorageOptions
{
    public const string Section = "Storage";

    /// <summary>SQLite is embedded and serves one node; PostgreSQL serves many.</summary>
    [EnumDataType(typeof(StorageProvider))]
    public StorageProvider Provider { get; set; } = StorageProvider.Sqlite;
}

[OptionsValidator]
internal sealed partial class StorageOptionsValidator : IValidateOptions<StorageOptions>;
