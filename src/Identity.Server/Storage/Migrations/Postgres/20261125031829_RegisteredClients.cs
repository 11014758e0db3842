using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Identity.Server.Storage.Migrations.Postgres
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
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "FormerSecretEndsAt",
                table: "oidc_clients",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "client_failures",
                columns: table => new
                {
                    Id = table.Column<Guid>(type: "uuid", nullable: false),
                    ClientId = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    Endpoint = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: false),
                    Error = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    Description = table.Column<string>(type: "character varying(300)", maxLength: 300, nullable: true),
                    Sent = table.Column<string>(type: "character varying(300)", maxLength: 300, nullable: true),
                    FirstAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    LastAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    Times = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_client_failures", x => x.Id);
                });

            migrationBuilder.CreateTable(
                name: "client_testers",
                columns: table => new
                {
                    Id = table.Column<Guid>(type: "uuid", nullable: false),
                    ClientId = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    UserName = table.Column<string>(type: "character varying(300)", maxLength: 300, nullable: false),
                    LookupName = table.Column<string>(type: "character varying(300)", maxLength: 300, nullable: false),
                    AddedAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    AccountId = table.Column<Guid>(type: "uuid", nullable: true),
                    AgreedAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_client_testers", x => x.Id);
                });

            migrationBuilder.CreateTable(
                name: "registered_clients",
                columns: table => new
                {
                    Id = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    OwnerId = table.Column<Guid>(type: "uuid", nullable: true),
                    SettingsJson = table.Column<string>(type: "text", nullable: false),
                    ProposedJson = table.Column<string>(type: "text", nullable: true),
                    CreatedAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    ChangedAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    Version = table.Column<int>(type: "integer", nullable: false),
                    RequestedAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    ReviewedAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    ReviewerId = table.Column<Guid>(type: "uuid", nullable: true),
                    RefusedFor = table.Column<string>(type: "character varying(1000)", maxLength: 1000, nullable: true),
                    SecretMadeAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    FormerSecretEndsAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    RemovedAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
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
