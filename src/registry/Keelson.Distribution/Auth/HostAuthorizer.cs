using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Text;

namespace Keelson.Distribution;

/// <summary>Knows what one host wants to be shown, and keeps its tokens by scope.</summary>
internal sealed class HostAuthorizer(RegistryHost host, RegistryClientOptions options, TokenClient tokens)
{
    private const int MaxTokens = 1024;
    private readonly ConcurrentDictionary<string, Token> cache = new(StringComparer.Ordinal);
    private readonly SingleFlight<string, Token> flights = new();
    private volatile AuthChallenge? challenge;

    /// <summary>The header for a request, as far as it is known what the host wants; <see langword="null"/> before the first challenge.</summary>
    public async Task<AuthenticationHeaderValue?> AuthorizeAsync(AuthScope scope, CancellationToken cancellation)
    {
        if (challenge is not { } known) return null;
        if (known.Scheme == "basic")
            return await CredentialAsync(cancellation).ConfigureAwait(false) is { Username.Length: > 0 } user ? Basic(user) : null;
        if (cache.TryGetValue(scope.Text, out Token? token) && token.Expires > options.Time.GetUtcNow()) return new("Bearer", token.Text);
        token = await flights.RunAsync(scope.Text, stop => FetchAsync(known, scope, stop), cancellation).ConfigureAwait(false);
        return new("Bearer", token.Text);
    }

    /// <summary>Takes what a host answered with 401; false when it offers nothing that this client can do, or nothing more than was shown already.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="shown">What was shown, if anything.</param>
    /// <param name="scope">What the request needs.</param>
    public bool Challenge(HttpResponseMessage answer, AuthenticationHeaderValue? shown, AuthScope scope)
    {
        List<AuthChallenge> offered = [];
        if (answer.Headers.NonValidated.TryGetValues("WWW-Authenticate", out HeaderStringValues values))
            foreach (string value in values) offered.AddRange(AuthChallenge.Parse(value));
        AuthChallenge? chosen = offered.Find(c => c.Scheme == "bearer" && c.Parameters.ContainsKey("realm")) ?? offered.Find(c => c.Scheme == "basic");
        if (chosen is null) return false;
        // A name and password that were refused will be refused again; a token may have expired.
        if (shown?.Scheme == "Basic" && chosen.Scheme == "basic") return false;
        if (shown?.Scheme == "Bearer") cache.TryRemove(scope.Text, out _);
        challenge = chosen;
        return true;
    }

    private async Task<Token> FetchAsync(AuthChallenge known, AuthScope scope, CancellationToken cancellation)
    {
        RegistryCredential? credential = await CredentialAsync(cancellation).ConfigureAwait(false);
        if (credential?.RegistryToken is { Length: > 0 } ready) return new Token(ready, DateTimeOffset.MaxValue);
        Token token = await tokens.FetchAsync(host, known, scope, credential, cancellation).ConfigureAwait(false);
        if (cache.Count >= MaxTokens) cache.Clear();
        cache[scope.Text] = token;
        return token;
    }

    private ValueTask<RegistryCredential?> CredentialAsync(CancellationToken cancellation) => options.Credentials.FindAsync(host.CredentialName, cancellation);

    public static AuthenticationHeaderValue Basic(RegistryCredential credential) =>
        new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(credential.Username + ":" + credential.Password)));
}

/// <summary>A bearer token and when it ends.</summary>
internal sealed record Token(string Text, DateTimeOffset Expires)
{
    public override string ToString() => "token";
}
