using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Identity.Server.Storage.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class RegisteredClients : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "FormerSecret",
                table: "oidc_clients",
                type: "TEXT",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "FormerSecretEndsAt",
                table: "oidc_clients",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "client_failures",
                columns: table => new
                {
                    Id = table.Column<Guid>(type: "TEXT", nullable: false),
                    ClientId = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    Endpoint = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    Error = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    Description = table.Column<string>(type: "TEXT", maxLength: 300, nullable: true),
                    Sent = table.Column<string>(type: "TEXT", maxLength: 300, nullable: true),
                    FirstAt = table.Column<long>(type: "INTEGER", nullable: false),
                    LastAt = table.Column<long>(type: "INTEGER", nullable: false),
                    Times = table.Column<int>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_client_failures", x => x.Id);
                });

            migrationBuilder.CreateTable(
                name: "client_testers",
                columns: table => new
                {
                    Id = table.Column<Guid>(type: "TEXT", nullable: false),
                    ClientId = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    UserName = table.Column<string>(type: "TEXT", maxLength: 300, nullable: false),
                    LookupName = table.Column<string>(type: "TEXT", maxLength: 300, nullable: false),
                    AddedAt = table.Column<long>(type: "INTEGER", nullable: false),
                    AccountId = table.Column<Guid>(type: "TEXT", nullable: true),
                    AgreedAt = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_client_testers", x => x.Id);
                });

            migrationBuilder.CreateTable(
                name: "registered_clients",
                columns: table => new
                {
                    Id = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    OwnerId = table.Column<Guid>(type: "TEXT", nullable: true),
                    SettingsJson = table.Column<string>(type: "TEXT", nullable: false),
                    ProposedJson = table.Column<string>(type: "TEXT", nullable: true),
                    CreatedAt = table.Column<long>(type: "INTEGER", nullable: false),
                    ChangedAt = table.Column<long>(type: "INTEGER", nullable: false),
                    Version = table.Column<int>(type: "INTEGER", nullable: false),
                    RequestedAt = table.Column<long>(type: "INTEGER", nullable: true),
                    ReviewedAt = table.Column<long>(type: "INTEGER", nullable: true),
                    ReviewerId = table.Column<Guid>(type: "TEXT", nullable: true),
                    RefusedFor = table.Column<string>(type: "TEXT", maxLength: 1000, nullable: true),
                    SecretMadeAt = table.Column<long>(type: "INTEGER", nullable: true),
                    FormerSecretEndsAt = table.Column<long>(type: "INTEGER", nullable: true),
                    RemovedAt = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_registered_clients", x => x.Id);
                });

            migrationBuilder.CreateIndex(
                name: "IX_client_failures_ClientId_LastAt",
                table: "client_failures",
                columns: new[] { "ClientId", "LastAt" });

            migrationBuilder.CreateIndex(
                name: "IX_client_testers_ClientId_LookupName",
                table: "client_testers",
                columns: new[] { "ClientId", "LookupName" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_client_testers_LookupName",
                table: "client_testers",
                column: "LookupName");

            migrationBuilder.CreateIndex(
                name: "IX_registered_clients_ChangedAt",
                table: "registered_clients",
                column: "ChangedAt");

            migrationBuilder.CreateIndex(
                name: "IX_registered_clients_OwnerId",
                table: "registered_clients",
                column: "OwnerId");

            migrationBuilder.CreateIndex(
                name: "IX_registered_clients_RequestedAt",
                table: "registered_clients",
                column: "RequestedAt");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "client_failures");

            migrationBuilder.DropTable(
                name: "client_testers");

            migrationBuilder.DropTable(
                name: "registered_clients");

            migrationBuilder.DropColumn(
                name: "FormerSecret",
                table: "oidc_clients");

            migrationBuilder.DropColumn(
                name: "FormerSecretEndsAt",
                table: "oidc_clients");
        }
    }
}
