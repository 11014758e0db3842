using Xunit.v3;

namespace Identity.Server.Tests.Conformance;

/// <summary>This test makes the checks of that module of the OpenID Foundation's conformance suite, in our own words.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class ModuleAttribute(string name) : Attribute, ITraitAttribute
{
    public string Name => name;

    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => [new("module", name)];
}
