using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Keelson.Registry.Auth;

/// <summary>Hands out tokens to users of an htpasswd file, by access rules. Distribution's token specification: "token", "scope", "oauth2".</summary>
/// <remarks>
/// <c>GET /token</c> with a name and password, or without for a token of what everybody may; <c>POST /token</c> with OAuth 2 (RFC 6749 sections 4.3 and 6); <c>GET /jwks.json</c>.
/// A scope that somebody may not, or not wholly, is no error: the token has what remains, and the registry says what is missing.
/// </remarks>
public sealed class TokenServer
{
    /// <summary>Where tokens are, and the keys that they are signed with.</summary>
    public const string TokenPath = "/token", KeySetPath = "/jwks.json";

    private const string Json = "application/json";
    private readonly TokenServerOptions options;
    private readonly TokenMaker maker;
    private readonly byte[] keySet;

    /// <summary>Makes a token server.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: it has no service, or lifetimes are not above zero.</exception>
    public TokenServer(TokenServerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Services.Count == 0) throw new KeelsonException(ErrorKind.InvalidArgument, "token server: there is no service that tokens are for");
        if (options.Lifetime <= TimeSpan.Zero || options.RefreshLifetime <= TimeSpan.Zero) throw new KeelsonException(ErrorKind.InvalidArgument, "token server: a lifetime is not above zero");
        this.options = options;
        maker = new TokenMaker(options);
        keySet = options.Key.KeySet();
    }

    /// <summary>Answers a request; what is not the token server's is 404. While users or rules cannot be read, or too many passwords are being checked, it is 503.</summary>
    public async Task HandleAsync(HttpContext http)
    {
        ArgumentNullException.ThrowIfNull(http);
        http.Response.Headers["X-Content-Type-Options"] = "nosniff";
        try
        {
            await DispatchAsync(http).ConfigureAwait(false);
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.Unavailable && !http.Response.HasStarted)
        {
            // Which file, and what is wrong in it, is for the log.
            if (options.Log is { } log) AuthMessages.CannotAnswer(log, e.Message);
            http.Response.Headers.RetryAfter = "1";
            await WriteErrorAsync(http, 503, "temporarily_unavailable", "UNAVAILABLE", "the token server cannot answer now").ConfigureAwait(false);
        }
    }

    private Task DispatchAsync(HttpContext http) => (http.Request.Path.Value, http.Request.Method) switch
    {
        (TokenPath, "GET") => GetAsync(http),
        (TokenPath, "POST") => PostAsync(http),
        (KeySetPath, "GET" or "HEAD") => KeySetAsync(http),
        (TokenPath, _) => NotAllowed(http, "GET, POST"),
        (KeySetPath, _) => NotAllowed(http, "GET, HEAD"),
        _ => WriteErrorAsync(http, 404, "invalid_request", "NAME_UNKNOWN", "there is nothing of this name"),
    };

    private async Task GetAsync(HttpContext http)
    {
        string query = http.Request.QueryString.Value ?? "";
        if (TokenForm.TryParse(query.Length > 0 ? query.AsSpan(1) : query) is not { IsAmbiguous: false } form || Scopes(form) is not { } scopes)
        {
            await WrongAsync(http, "the query cannot be read").ConfigureAwait(false);
            return;
        }
        if (await ServiceAsync(http, form).ConfigureAwait(false) is not { } service) return;
        RegistryIdentity who = RegistryIdentity.Anonymous;
        if (BasicCredentials.IsShown(http.Request))
        {
            if (!BasicCredentials.TryFind(http.Request, out BasicCredentials? shown) || shown is null || !await options.Users.VerifyAsync(shown.User, shown.Password, http.RequestAborted).ConfigureAwait(false))
            {
                await RefusedAsync(http, "invalid_client", "wrong name or password").ConfigureAwait(false);
                return;
            }
            who = new(shown.User, []);
            if (form.One("account") is { Length: > 0 } account && account != who.Name)
            {
                await RefusedAsync(http, "invalid_client", "the account is not the one of the password").ConfigureAwait(false);
                return;
            }
        }
        await AnswerAsync(http, who, service, scopes, wantsRefresh: form.One("offline_token") == "true").ConfigureAwait(false);
    }

    private async Task PostAsync(HttpContext http)
    {
        if (await TokenForm.TryReadAsync(http.Request, http.RequestAborted).ConfigureAwait(false) is not { IsAmbiguous: false } form || Scopes(form) is not { } scopes)
        {
            await WrongAsync(http, "the body is not a form that can be read").ConfigureAwait(false);
            return;
        }
        if (await ServiceAsync(http, form).ConfigureAwait(false) is not { } service) return;
        if (form.One("client_id") is not { Length: > 0 })
        {
            await WrongAsync(http, "client_id is missing").ConfigureAwait(false);
            return;
        }
        switch (form.One("grant_type"))
        {
            case "password":
                string user = form.One("username") ?? "";
                if (await options.Users.VerifyAsync(user, form.One("password") ?? "", http.RequestAborted).ConfigureAwait(false))
                    await AnswerAsync(http, new(user, []), service, scopes, form.One("access_type") == "offline").ConfigureAwait(false);
                else await RefusedAsync(http, "invalid_grant", "wrong name or password").ConfigureAwait(false);
                break;
            case "refresh_token":
                string refresh = form.One("refresh_token") ?? "";
                if (maker.Redeem(refresh, service) is { } who) await AnswerAsync(http, who, service, scopes, wantsRefresh: false, refresh).ConfigureAwait(false);
                else await RefusedAsync(http, "invalid_grant", "the refresh token is not valid").ConfigureAwait(false);
                break;
            default:
                await WriteErrorAsync(http, 400, "unsupported_grant_type", "UNSUPPORTED", "grant_type is neither password nor refresh_token").ConfigureAwait(false);
                break;
        }
    }

    private async Task<string?> ServiceAsync(HttpContext http, TokenForm form)
    {
        if (form.One("service") is { } service && options.Services.Contains(service, StringComparer.Ordinal)) return service;
        await WrongAsync(http, "this token server makes no tokens for such a service").ConfigureAwait(false);
        return null;
    }

    /// <summary>The scopes that are asked for; several in one field are told apart by spaces. What is no scope is left out, as one that may not be.</summary>
    private static List<TokenScope>? Scopes(TokenForm form)
    {
        string[] texts = [.. form.All("scope").SelectMany(text => text.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Distinct()];
        return texts.Length > TokenScope.MaxScopes ? null : [.. texts.Select(TokenScope.TryParse).OfType<TokenScope>()];
    }

    private async Task AnswerAsync(HttpContext http, RegistryIdentity who, string service, List<TokenScope> scopes, bool wantsRefresh, string? refresh = null)
    {
        DateTimeOffset now = options.Time.GetUtcNow();
        (string token, string scope) = maker.Make(who, service, scopes, now);
        if (wantsRefresh && !who.IsAnonymous) refresh = maker.MakeRefresh(who, service, now);
        if (options.Log is { } log) AuthMessages.TokenIssued(log, who, scope);
        await WriteAsync(http, 200, json =>
        {
            json.WriteString("token", token);
            json.WriteString("access_token", token);
            json.WriteNumber("expires_in", (long)options.Lifetime.TotalSeconds);
            json.WriteString("issued_at", now.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture));
            json.WriteString("scope", scope);
            json.WriteString("token_type", "Bearer");
            if (refresh is not null) json.WriteString("refresh_token", refresh);
        }).ConfigureAwait(false);
    }

    private Task KeySetAsync(HttpContext http)
    {
        http.Response.ContentType = "application/jwk-set+json";
        http.Response.ContentLength = keySet.Length;
        return http.Request.Method == "HEAD" ? Task.CompletedTask : http.Response.Body.WriteAsync(keySet, http.RequestAborted).AsTask();
    }

    private static Task NotAllowed(HttpContext http, string allowed)
    {
        http.Response.Headers.Allow = allowed;
        return WriteErrorAsync(http, 405, "invalid_request", "UNSUPPORTED", "this method is not taken here");
    }

    private Task RefusedAsync(HttpContext http, string error, string reason)
    {
        if (options.Log is { } log) AuthMessages.LoginRefused(log, http.Connection.RemoteIpAddress, reason);
        http.Response.Headers.WWWAuthenticate = Challenges.Basic(options.Realm);
        return WriteErrorAsync(http, 401, error, "UNAUTHORIZED", reason);
    }

    private static Task WrongAsync(HttpContext http, string reason) => WriteErrorAsync(http, 400, "invalid_request", "UNSUPPORTED", reason);

    /// <summary>An error for both kinds of client: RFC 6749 section 5.2, and the errors of registries. The texts are fixed; nothing of the request is in them.</summary>
    private static Task WriteErrorAsync(HttpContext http, int status, string error, string code, string reason) => WriteAsync(http, status, json =>
    {
        json.WriteString("error", error);
        json.WriteString("error_description", reason);
        json.WriteStartArray("errors");
        json.WriteStartObject();
        json.WriteString("code", code);
        json.WriteString("message", reason);
        json.WriteEndObject();
        json.WriteEndArray();
    });

    private static async Task WriteAsync(HttpContext http, int status, Action<Utf8JsonWriter> write)
    {
        using MemoryStream body = new();
        await using (Utf8JsonWriter json = new(body))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        http.Response.StatusCode = status;
        http.Response.ContentType = Json;
        // RFC 6749 section 5.1: what has a token in it is kept by nobody.
        http.Response.Headers.CacheControl = "no-store";
        http.Response.ContentLength = body.Length;
        await http.Response.Body.WriteAsync(body.GetBuffer().AsMemory(0, (int)body.Length), http.RequestAborted).ConfigureAwait(false);
    }
}
