using Identity.Server.Subjects.Registers;
using Identity.Server.Trust;
using Microsoft.Extensions.Options;

namespace Identity.Server.Subjects;

internal static class SubjectsRoom
{
    public static void AddSubjects(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<RegistersOptions>().BindConfiguration(RegistersOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<RegistersOptions>, RegistersOptionsValidator>();
        builder.Services.AddHttpClient<StateRegisters>((services, http) =>
            StateRegisters.Configure(http, services.GetRequiredService<IOptions<RegistersOptions>>().Value));
        builder.Services.AddExceptionHandler<RegisterUnavailableHandler>();

        builder.Services.AddSingleton(services =>
        {
            var secrets = services.GetRequiredService<DerivedSecrets>();
            return new IdentityNumbers(secrets.Derive("identity-number-hash"), secrets.Derive("identity-number-encryption"));
        });
        builder.Services.AddScoped<SubjectDirectory>();
        builder.Services.AddScoped<MayHold>();
        builder.Services.AddScoped<FindOrAddPerson>();
    }

    public static void MapSubjects(this IEndpointRouteBuilder routes)
    {
    }
}
