using Identity.Server.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Xunit;

namespace Identity.Server.Tests.Storage;

/// <summary>What <c>Storage/remodel</c> wrote still follows from the entities.</summary>
public class ModelTests
{
    public static TheoryData<string> Providers => ["Sqlite", "Postgres"];

    [Theory]
    [MemberData(nameof(Providers))]
    public void The_migrations_bring_every_entity_to_the_database(string provider)
    {
        using var db = ContextOf(provider);

        Assert.False(db.Database.HasPendingModelChanges(), "run src/Identity.Server/Storage/remodel NAME");
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public void The_compiled_model_is_the_model(string provider)
    {
        using var db = ContextOf(provider);

        Assert.Equal(ColumnsOf(db.GetService<IDesignTimeModel>().Model), ColumnsOf(db.Model));
        Assert.IsAssignableFrom<RuntimeModel>(db.Model);
    }

    private static ServerDbContext ContextOf(string provider) => provider == "Sqlite"
        ? new DesignTimeSqlite().CreateDbContext([])
        : new DesignTimePostgres().CreateDbContext([]);

    private static string[] ColumnsOf(IModel model) =>
    [
        .. from entity in model.GetEntityTypes()
           from property in entity.GetProperties()
           let column = $"{entity.GetTableName()}.{property.GetColumnName()} {property.GetColumnType()} null:{property.IsNullable} token:{property.IsConcurrencyToken}"
           orderby column
           select column,
    ];
}
