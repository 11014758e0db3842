using System.Security.Cryptography;
using Identity.Server.Subjects.Registers;
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

        builder.Services.AddSingleton(_ => new IdentityNumbers(RandomNumberGenerator.GetBytes(32), RandomNumberGenerator.GetBytes(32)));
        builder.Services.AddScoped<SubjectDirectory>();
        builder.Services.AddScoped<FindOrAddPerson>();
    }

    public static void MapSubjects(this IEndpointRouteBuilder routes)
    {
    }
}
