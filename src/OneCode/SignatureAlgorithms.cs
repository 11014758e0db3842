using OneCode.P256;

namespace OneCode;

/// <summary>
/// The algorithms that a verifier speaks. It is given together with the root keys (<see cref="TrustRoots"/>): whoever decides whom to believe decides in
/// which algorithms. What is signed with another one is no forgery, it is <see cref="Doubt.AlgorithmUnsupported"/>.
/// </summary>
public sealed class SignatureAlgorithms
{
    private readonly ISignatureAlgorithm[] others;

    /// <param name="others">Besides ES256.</param>
    public SignatureAlgorithms(params ReadOnlySpan<ISignatureAlgorithm> others) => this.others = others.ToArray();

    /// <summary>ES256 and nothing else.</summary>
    public static SignatureAlgorithms Es256Only { get; } = new();

    /// <summary>The one with this number, or null when this verifier does not speak it.</summary>
    public ISignatureAlgorithm? Find(CoseAlgorithm algorithm) =>
        algorithm == CoseAlgorithm.Es256 ? Es256.Instance : Array.Find(others, other => other.Algorithm == algorithm);
}
