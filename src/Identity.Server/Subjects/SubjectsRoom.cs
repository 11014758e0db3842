namespace Identity.Server.Subjects;

internal static class SubjectsRoom
{
    public static void AddSubjects(this IHostApplicationBuilder builder)
    {
    }

    public static void MapSubjects(this IEndpointRouteBuilder routes)
    {
    }
}
