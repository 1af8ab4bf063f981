namespace Keelson.Registry.Auth;

/// <summary>Who makes a request.</summary>
/// <param name="Name">The user's name; empty for nobody in particular.</param>
/// <param name="Groups">Groups that whoever vouches for the name says it is in; those of the access rules come on top.</param>
public sealed record RegistryIdentity(string Name, IReadOnlyList<string> Groups)
{
    /// <summary>Nobody in particular.</summary>
    public static readonly RegistryIdentity Anonymous = new("", []);

    /// <summary>Whether this is nobody in particular.</summary>
    public bool IsAnonymous => Name.Length == 0;

    /// <summary>Longest name that is taken from a request: 256 characters.</summary>
    internal const int MaxName = 256;

    /// <summary>Whether a text can be a user's name: not empty, not too long, and safe to write into a log.</summary>
    internal static bool IsName(string text) => text.Length is > 0 and <= MaxName && !text.Any(char.IsControl);

    /// <inheritdoc/>
    public override string ToString() => IsAnonymous ? "anonymous" : Name;
}
