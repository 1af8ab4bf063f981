using System.Net;
using System.Text.Json;

namespace Keelson.Distribution;

/// <summary>Asks token servers for bearer tokens.</summary>
/// <remarks>Docker's token protocol: GET with service and scope, and OAuth 2 (RFC 6749 section 6) by POST where there is a refresh token.</remarks>
internal sealed class TokenClient(RegistryTransport transport, RegistryClientOptions options)
{
    private const int MaxAnswerBytes = 1 << 20;
    private const string ClientName = "keelson";
    // A token that ends while a request is on its way is refused; this much is kept back.
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(5), DefaultLife = TimeSpan.FromSeconds(60);

    public async Task<Token> FetchAsync(RegistryHost host, AuthChallenge challenge, AuthScope scope, RegistryCredential? credential, CancellationToken cancellation)
    {
        string operation = $"authenticate at {host.Origin}";
        if (!Uri.TryCreate(challenge.Parameters["realm"], UriKind.Absolute, out Uri? realm) || realm.Scheme is not ("http" or "https") || realm.UserInfo.Length > 0)
            throw new RegistryException(ErrorKind.PermissionDenied, $"{operation}: the address of its token server is not an http or https URL");
        if (realm.Scheme == Uri.UriSchemeHttp && host.Base.Scheme == Uri.UriSchemeHttps)
            throw new RegistryException(ErrorKind.PermissionDenied, $"{operation}: its token server {realm.Authority} is not spoken to without TLS");
        bool isTrusted = RealmTrust.MayHaveCredential(host.Base, realm, options.TrustedRealms);
        string withheld = credential is not null && !isTrusted ? $"; the credential was not shown to {realm.Authority}, which is of another domain and not trusted" : "";
        if (!isTrusted) credential = null;
        operation += $" by {realm.Authority}";
        RegistryHost server = realm.Authority == host.Base.Authority ? host : new RegistryHost { Base = realm, CredentialName = "" };
        using HttpResponseMessage answer = await transport.SendAsync(server, operation, () => Request(realm, challenge, scope, credential), null, AuthScope.None, cancellation).ConfigureAwait(false);
        if (answer.StatusCode != HttpStatusCode.OK)
        {
            bool isBusy = RetryPolicy.IsTransient(answer.StatusCode);
            throw new RegistryException(isBusy ? ErrorKind.Unavailable : ErrorKind.PermissionDenied, $"{operation}: status {(int)answer.StatusCode}{withheld}", (int)answer.StatusCode);
        }
        byte[] text = await transport.ReadAllAsync(answer, MaxAnswerBytes, operation, cancellation).ConfigureAwait(false);
        return Read(text, operation);
    }

    private static HttpRequestMessage Request(Uri realm, AuthChallenge challenge, AuthScope scope, RegistryCredential? credential)
    {
        List<KeyValuePair<string, string>> values = [];
        if (challenge.Parameters.TryGetValue("service", out string? service)) values.Add(new("service", service));
        // A request without a scope of its own takes the one that the registry asks for.
        IEnumerable<string> scopes = scope.Text.Length > 0 ? scope.Parts : challenge.Parameters.TryGetValue("scope", out string? asked) ? asked.Split(' ') : [];
        if (credential?.IdentityToken is { } refresh)
        {
            values.AddRange([new("grant_type", "refresh_token"), new("refresh_token", refresh), new("client_id", ClientName), new("scope", string.Join(' ', scopes))]);
            return new HttpRequestMessage(HttpMethod.Post, realm) { Content = new FormUrlEncodedContent(values) };
        }
        values.AddRange(scopes.Select(s => new KeyValuePair<string, string>("scope", s)));
        bool hasUser = credential is { Username.Length: > 0 };
        if (hasUser) values.Add(new("account", credential!.Username));
        string query = string.Join('&', values.Select(v => Uri.EscapeDataString(v.Key) + "=" + Uri.EscapeDataString(v.Value)));
        UriBuilder url = new(realm) { Query = realm.Query.Length > 1 ? realm.Query[1..] + "&" + query : query };
        HttpRequestMessage request = new(HttpMethod.Get, url.Uri);
        if (hasUser) request.Headers.Authorization = HostAuthorizer.Basic(credential!);
        return request;
    }

    private Token Read(byte[] text, string operation)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            JsonElement root = document.RootElement;
            string? token = Text(root, "token") ?? Text(root, "access_token");
            if (token is null || token.Any(c => c is <= ' ' or > '~')) throw new RegistryException(ErrorKind.PermissionDenied, $"{operation}: the answer has no token");
            TimeSpan life = root.TryGetProperty("expires_in", out JsonElement seconds) && seconds.ValueKind == JsonValueKind.Number && seconds.TryGetInt32(out int count) && count > 0
                ? TimeSpan.FromSeconds(count) : DefaultLife;
            return new Token(token, options.Time.GetUtcNow() + (life > 2 * Margin ? life - Margin : life / 2));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new RegistryException(ErrorKind.PermissionDenied, $"{operation}: the answer is not an object with a token");
        }
    }

    private static string? Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : null;
}
