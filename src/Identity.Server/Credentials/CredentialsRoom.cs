using Identity.Server.Accounts;
using Identity.Server.Trust;
using Identity.Server.Web;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using OneCode;

namespace Identity.Server.Credentials;

internal static class CredentialsRoom
{
    public static void AddCredentials(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<CredentialsOptions>().BindConfiguration(CredentialsOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<CredentialsOptions>, CredentialsOptionsValidator>();
        services.AddSingleton(provider => new Nonces(
            Secret(provider, "credential-nonce"), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<IOptions<CredentialsOptions>>()));
        services.AddSingleton(provider => new ClientSubjects(Secret(provider, "client-subjects")));
        services.AddSingleton(provider => new OnceKeys(Secret(provider, "idempotency")));
        services.TryAddSingleton(_ => new CredentialVerifier());
        services.AddExceptionHandler<IssuingUnavailable>();
        services.AddScoped<Once>();
        services.AddSingleton<ForgetAnswers>();
        services.AddHostedService(provider => provider.GetRequiredService<ForgetAnswers>());
        services.AddScoped<SubjectOfRequest>();
        services.AddScoped<SubjectStatement>();
        services.AddScoped<ListSubjects>();
        services.AddScoped<Issue>();
        services.AddScoped<Enrol>();
        services.AddScoped<Print>();
        services.AddScoped<ListCredentials>();
        services.AddScoped<ShowPrinted>();
        services.AddScoped<ChangeState>();
        services.AddScoped<Withdraw>();
        services.AddScoped<ReportLost>();
        services.AddScoped<FindForStaff>();
        services.AddScoped<WithdrawForStaff>();
        services.AddScoped<WithdrawInBulk>();
        services.AddSingleton<BulkRunner>();
        services.AddHostedService(provider => provider.GetRequiredService<BulkRunner>());
        services.AddHostedService<PreparedWatch>();
        services.AddScoped<IDeviceEnded, HoldingsEndWithDevice>();
        services.AddScoped<Subjects.ISubjectOfStatus, SubjectOfStatus>();
    }

    public static void MapCredentials(this IEndpointRouteBuilder routes)
    {
        var api = routes.MapGroup("/api").RequireOrigin(origins => origins.Login).WithTags("Credentials");
        CreateNonce.Map(api);

        var own = api.MapGroup("").RequireAuthorization(Policies.Credentials);
        ListSubjects.Map(own);
        ReportLost.Map(own);

        var credentials = own.MapGroup("/credentials");
        Issue.Map(credentials);
        ListCredentials.Map(credentials);
        Withdraw.Map(credentials);

        var account = routes.MapGroup("").RequireOrigin(origins => origins.Login).RequireAuthorization(Policies.SignedIn);
        ShowPrinted.Map(account, credentials);
    }

    private static byte[] Secret(IServiceProvider provider, string label) => provider.GetRequiredService<DerivedSecrets>().Derive(label);
}
