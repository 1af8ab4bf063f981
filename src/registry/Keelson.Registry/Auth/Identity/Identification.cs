namespace Keelson.Registry.Auth;

/// <summary>What a request shows of who makes it.</summary>
public sealed record Identification
{
    private Identification(RegistryIdentity identity, bool isShown, string? refusal) => (Identity, IsShown, Refusal) = (identity, isShown, refusal);

    /// <summary>The request shows nothing.</summary>
    public static readonly Identification Nothing = new(RegistryIdentity.Anonymous, false, null);

    /// <summary>Who makes the request; anonymous when it shows nothing, or something that is refused.</summary>
    public RegistryIdentity Identity { get; }

    /// <summary>Whether the request shows something to this source. A token about nobody in particular is something too.</summary>
    public bool IsShown { get; }

    /// <summary>Why what is shown is not believed; <see langword="null"/> when it is. It holds no secret.</summary>
    public string? Refusal { get; }

    /// <summary>The request shows that somebody makes it.</summary>
    public static Identification As(RegistryIdentity identity) => new(identity, true, null);

    /// <summary>What the request shows is not believed.</summary>
    /// <param name="reason">Why, without the secret.</param>
    public static Identification Refused(string reason) => new(RegistryIdentity.Anonymous, true, reason);
}
