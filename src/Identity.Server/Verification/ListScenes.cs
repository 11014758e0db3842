namespace Identity.Server.Verification;

/// <summary>GET /api/scenes: the register of purposes, open to everybody whom they concern.</summary>
internal static class ListScenes
{
    public static void Map(IEndpointRouteBuilder api) =>
        api.MapGet("/scenes", (SceneRegistry scenes) => TypedResults.Ok(scenes.InForce.Select(scene => new Item(
            scene.Code, scene.Purpose, scene.LegalBasis, scene.Level.ToString(),
            [.. scene.Kinds.Select(kind => kind.ToString().ToLowerInvariant())], [.. scene.Fields.Select(Disclosure.NameOf)], scene.EndsOn))))
            .WithName("scenes");

    internal sealed record Item(
        string Code, string Purpose, string LegalBasis, string Level, IReadOnlyList<string> Kinds, IReadOnlyList<string> Fields, DateOnly EndsOn);
}
