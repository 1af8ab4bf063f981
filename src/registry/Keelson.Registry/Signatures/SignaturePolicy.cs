using Keelson.Registry.Auth;

namespace Keelson.Registry.Signatures;

/// <summary>Whose signature images of some repositories must have. Of several policies the first decides that a repository is of.</summary>
public sealed record SignaturePolicy
{
    /// <summary>Which repositories.</summary>
    public required IReadOnlyList<RepositoryPattern> Repositories { get; init; }

    /// <summary>
    /// Files of PEM, read again when they change: public keys (ECDSA P-256, P-384, P-521; RSA of 2048 bits at least) for cosign's signatures, certificates that are trusted as roots for notation's.
    /// The signature of one of them is enough.
    /// </summary>
    public required IReadOnlyList<string> Keys { get; init; }

    /// <summary>Whether an image that is not signed cannot be pulled.</summary>
    public bool GuardsPulls { get; init; } = true;

    /// <summary>Whether a tag cannot be set to an image that is not signed: it is pushed by its digest first, then signed, then tagged.</summary>
    public bool GuardsPushes { get; init; }

    /// <summary>Whether who may push to the repository may pull what is not signed, to sign it for instance. Without an authorizer, where everybody may push, nobody is excepted.</summary>
    public bool ExceptsPushers { get; init; } = true;

    /// <summary>Whether it is about a repository.</summary>
    public bool IsAbout(string repository) => Repositories.Any(pattern => pattern.Matches(repository));
}
