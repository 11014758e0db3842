using Microsoft.AspNetCore.Http.HttpResults;

namespace Sandbox.Registers;

/// <summary>
/// The state registers of the province, simulated behind the HTTP contract that a real gateway would speak
/// (<c>Identity.Server/Subjects/Registers/README.md</c>). It has its own wire types: the contract is the document, not shared code.
/// </summary>
internal static class RegistersHost
{
    private static readonly string[] DocumentTypes =
        ["resident-id", "hk-macao-taiwan-residence", "foreign-permanent-residence", "foreign-permanent-residence-2017", "hk-macao-permit", "taiwan-permit", "passport"];

    public static async Task<WebApplication> StartAsync(Addresses addresses, CancellationToken cancellationToken = default)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls(Addresses.Text(addresses.Registers));
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddProblemDetails();
        builder.Services.AddSingleton(new RegisterData(TimeProvider.System));
        var app = builder.Build();
        Map(app);
        await app.StartAsync(cancellationToken);
        return app;
    }

    private static void Map(WebApplication app)
    {
        app.MapGet("/", () => TypedResults.Text("模拟登记库 Simulated registers: POST /v1/persons/find, /v1/enterprises/represented-by, /v1/vehicles/owned-by"));

        var v1 = app.MapGroup("/v1").AddEndpointFilter(async (context, next) =>
            context.Arguments.OfType<Question>().Single() is { Number.Length: > 4 and < 32 } question && DocumentTypes.Contains(question.DocumentType)
                ? await next(context)
                : Problem(StatusCodes.Status400BadRequest, "invalid_number"));
        v1.MapPost("/persons/find", Results<Ok<PersonEntry>, ProblemHttpResult> (Question question, RegisterData data) =>
            data.FindPerson(question.DocumentType, question.Number) is { } person
                ? TypedResults.Ok(person)
                : Problem(StatusCodes.Status404NotFound, "not_found"));
        v1.MapPost("/enterprises/represented-by", (Question question, RegisterData data) =>
            TypedResults.Ok(new { enterprises = data.RepresentedBy(question.DocumentType, question.Number) }));
        v1.MapPost("/vehicles/owned-by", (Question question, RegisterData data) =>
            TypedResults.Ok(new { vehicles = data.OwnedBy(question.DocumentType, question.Number) }));
    }

    private static ProblemHttpResult Problem(int status, string code) =>
        TypedResults.Problem(statusCode: status, extensions: new Dictionary<string, object?> { ["code"] = code });

    private sealed record Question(string DocumentType, string Number);
}
