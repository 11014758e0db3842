using System.Collections.Frozen;
using Identity.Server.Clients;
using OneCode;

namespace Identity.Server.Verification;

/// <summary>The registered scenes: those below, and what <c>Scenes:{code}</c> of the configuration adds or puts in their place.</summary>
internal sealed class SceneRegistry
{
    public const string Section = "Scenes";

    private static readonly DateOnly FirstReview = new(2028, 12, 31);

    private readonly FrozenDictionary<string, Scene> _scenes;
    private readonly TimeProvider _clock;

    public SceneRegistry(IConfiguration configuration, TimeProvider clock)
    {
        _clock = clock;
        var configured = configuration.GetSection(Section).GetChildren().Select(section =>
        {
            var scene = section.Get<Scene>() ?? new Scene();
            scene.Code = section.Key;
            return scene;
        }).ToArray();
        foreach (var scene in configured)
        {
            if (scene.Purpose.Length == 0 || scene.LegalBasis.Length == 0 || scene.EndsOn == default || scene.Kinds.Count == 0
                || scene.Fields.FirstOrDefault(field => !Disclosure.Fields.Contains(field)) is { } || scene.Fields.Count == 0)
            {
                throw new InvalidOperationException($"Scene '{scene.Code}' needs Purpose, LegalBasis, EndsOn, Kinds and Fields out of {string.Join(", ", Disclosure.Fields)}.");
            }
        }

        _scenes = Standard.Where(scene => !configured.Any(c => c.Code == scene.Code)).Concat(configured).ToFrozenDictionary(scene => scene.Code, StringComparer.Ordinal);
    }

    public IEnumerable<Scene> InForce => _scenes.Values.Where(IsInForce).OrderBy(scene => scene.Code, StringComparer.Ordinal);

    /// <summary>Null when there is none of that name, or none any more.</summary>
    public Scene? Find(string code) => _scenes.TryGetValue(code, out var scene) && IsInForce(scene) ? scene : null;

    private bool IsInForce(Scene scene) => DateOnly.FromDateTime(_clock.GetUtcNow().UtcDateTime) <= scene.EndsOn;

    private static readonly Scene[] Standard =
    [
        new()
        {
            Code = "biz_show", Purpose = "亮照：公众核对企业公示信息", LegalBasis = "企业信息公示暂行条例", Level = VerifierLevel.V0,
            Kinds = [CredentialKind.Enterprise], Fields = ["uscc", "name", "kind_code", "ends_on"], EndsOn = FirstReview,
        },
        new()
        {
            Code = "veh_show", Purpose = "公众核对车辆码真伪", LegalBasis = "道路交通安全法", Level = VerifierLevel.V0,
            Kinds = [CredentialKind.Vehicle], Fields = ["plate_m", "plate_kind", "inspection_ends_on"], EndsOn = FirstReview,
        },
        new()
        {
            Code = "gate", Purpose = "入园、入场、小区出入", LegalBasis = "场所管理者与当事人约定", Level = VerifierLevel.V1,
            Kinds = [CredentialKind.Person], Fields = ["name_m", "level"], EndsOn = FirstReview,
        },
        new()
        {
            Code = "veh_check", Purpose = "停车、充电、货运通行", LegalBasis = "场所管理者与当事人约定", Level = VerifierLevel.V1,
            Kinds = [CredentialKind.Vehicle], Fields = ["plate", "plate_kind", "inspection_ends_on"], EndsOn = FirstReview,
        },
        new()
        {
            Code = "library", Purpose = "图书借阅", LegalBasis = "公共图书馆法", Level = VerifierLevel.V1,
            Kinds = [CredentialKind.Person], Fields = ["sub_s", "level"], EndsOn = FirstReview,
        },
        new()
        {
            Code = "hall", Purpose = "办事大厅取号、亮证办事", LegalBasis = "国务院关于在线政务服务的若干规定", Level = VerifierLevel.V2,
            Kinds = [CredentialKind.Person, CredentialKind.Enterprise], Fields = ["sub_s", "name_m", "last_four", "level", "uscc", "name", "kind_code"], EndsOn = FirstReview,
        },
    ];
}
