using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Identity.Server.Storage.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class DurableRevocation : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "bulk_withdrawals",
                columns: table => new
                {
                    Id = table.Column<Guid>(type: "TEXT", nullable: false),
                    Actor = table.Column<string>(type: "TEXT", maxLength: 128, nullable: false),
                    Reason = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    PersonId = table.Column<Guid>(type: "TEXT", nullable: true),
                    AccountId = table.Column<Guid>(type: "TEXT", nullable: true),
                    KeyId = table.Column<byte[]>(type: "BLOB", maxLength: 8, nullable: true),
                    Kind = table.Column<int>(type: "INTEGER", nullable: true),
                    From = table.Column<long>(type: "INTEGER", nullable: true),
                    Before = table.Column<long>(type: "INTEGER", nullable: false),
                    State = table.Column<int>(type: "INTEGER", nullable: false),
                    InPrinted = table.Column<bool>(type: "INTEGER", nullable: false),
                    Cursor = table.Column<Guid>(type: "TEXT", nullable: false),
                    Total = table.Column<int>(type: "INTEGER", nullable: false),
                    Withdrawn = table.Column<int>(type: "INTEGER", nullable: false),
                    StartedAt = table.Column<long>(type: "INTEGER", nullable: false),
                    MovedAt = table.Column<long>(type: "INTEGER", nullable: false),
                    Version = table.Column<int>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_bulk_withdrawals", x => x.Id);
                });

            migrationBuilder.CreateTable(
                name: "publisher_lease",
                columns: table => new
                {
                    Id = table.Column<int>(type: "INTEGER", nullable: false),
                    Holder = table.Column<Guid>(type: "TEXT", nullable: true),
                    Beat = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_publisher_lease", x => x.Id);
                });

            migrationBuilder.CreateIndex(
                name: "IX_bulk_withdrawals_State_StartedAt",
                table: "bulk_withdrawals",
                columns: new[] { "State", "StartedAt" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "bulk_withdrawals");

            migrationBuilder.DropTable(
                name: "publisher_lease");
        }
    }
}
