using System.Security.Cryptography;
using System.Text;
using Keelson.Registry.Auth;

namespace Keelson.Fuzz.Targets;

/// <summary>Tokens that a client shows to the registry. The key is not here: but for the tokens of the corpus, none may be taken.</summary>
internal sealed class RegistryTokenTarget : IFuzzTarget
{
    private const string KeySet = """
        {"keys":[{"kty":"EC","kid":"k","crv":"P-256","x":"Ec_UMsDKBQ0HCi-y9Fi5PjWFDRn4a7dU-3TdBR624Dc","y":"tUgFU3xBoabkzoBjNiVjoa-hUrq3n3R7G23rN_PIdg0"}]}
        """;

    /// <summary>SHA-256 of the tokens that are right, until the year 2100.</summary>
    private static readonly HashSet<string> Right =
    [
        "b5c5eff18e9f64654e1c6d4d35907aa55d933b679c69f1933a666c842e3c9759",
        "16786861f49a3386cbe3956024591fcbd78666e0d1cd294cd0e23daeb5dd625a",
        "8259f3c8c0f76a8a11c20eb7efd75c633096450a83da7bbd3df91e926526dc90",
    ];

    private readonly TokenVerifier verifier;

    public RegistryTokenTarget()
    {
        TokenTrust trust = TokenTrust.OfKeySet(Encoding.ASCII.GetBytes(KeySet));
        verifier = new TokenVerifier(["i"], "s", () => trust, TimeProvider.System);
    }

    public string Name => "registry-token";

    public void Run(ReadOnlySpan<byte> input)
    {
        bool isTaken = verifier.Verify(Encoding.Latin1.GetString(input), out string reason) is not null;
        if (isTaken != Right.Contains(Convert.ToHexStringLower(SHA256.HashData(input)))) throw new InvalidOperationException(isTaken ? "a token was taken that nobody signed" : "a right token was refused: " + reason);
        if (isTaken != (reason.Length == 0)) throw new InvalidOperationException("a refusal has no reason");
    }
}
