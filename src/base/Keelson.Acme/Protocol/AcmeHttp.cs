using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;

namespace Keelson.Acme.Protocol;

/// <summary>Speaks with one authority: signs, brings a fresh nonce with each message, and goes nowhere but to the server that has the directory. RFC 8555 section 6.</summary>
internal sealed class AcmeHttp : IDisposable
{
    /// <summary>Longest answer: chains of certificates have some KiB.</summary>
    private const int AnswerLimitBytes = 256 << 10;

    /// <summary>How often a message is sent again because its nonce was not taken.</summary>
    private const int NonceTries = 10;

    /// <summary>Longest nonce and address: they go into each message.</summary>
    private const int NonceLimit = 512, AddressLimit = 2048;

    private readonly AcmeOptions options;
    private readonly AcmeAccountKey key;
    private readonly TimeProvider time;
    private readonly HttpClient http;
    private string? nonce, newNonce;

    public AcmeHttp(AcmeOptions options, AcmeAccountKey key, TimeProvider time)
    {
        (this.options, this.key, this.time) = (options, key, time);
        SocketsHttpHandler handler = new()
        {
            AllowAutoRedirect = false, UseCookies = false, MaxResponseHeadersLength = 32, PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
            // A proxy of the environment is for other machines.
            UseProxy = !options.Directory.IsLoopback,
        };
        if (options.Authorities.Count > 0) handler.SslOptions.RemoteCertificateValidationCallback = IsTrusted;
        http = new(handler) { MaxResponseContentBufferSize = AnswerLimitBytes, Timeout = Timeout.InfiniteTimeSpan };
        // RFC 8555 section 6.1 wants a name.
        http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("keelson-acme", "1"));
    }

    /// <summary>Address of the account; <see langword="null"/>: it is not known yet.</summary>
    public string? Account { get; set; }

    /// <summary>Reads the directory.</summary>
    public async Task<DirectoryDocument> OpenAsync(CancellationToken stop)
    {
        AcmeAnswer answer = await SendAsync("directory", new(HttpMethod.Get, options.Directory), stop).ConfigureAwait(false);
        if (answer.Status != 200) throw Problems.Error(answer.Step, answer.Status, answer.Problem(), answer.RetryAfter);
        DirectoryDocument directory = answer.Read(AcmeJson.Default.DirectoryDocument);
        (nonce, newNonce) = (null, directory.NewNonce);
        return directory;
    }

    /// <summary>Sends a message.</summary>
    /// <param name="step">What it is for, for messages.</param>
    /// <param name="address">Where it goes, as the authority said.</param>
    /// <param name="payload">The payload; empty for a mere read.</param>
    /// <param name="stop">Ends the wait.</param>
    /// <exception cref="AcmeException">The authority did not take it.</exception>
    public async Task<AcmeAnswer> PostAsync(string step, string? address, ReadOnlyMemory<byte> payload, CancellationToken stop)
    {
        Uri url = Address(step, address);
        for (int i = 1; ; i++)
        {
            if (nonce is null) await FreshenAsync(stop).ConfigureAwait(false);
            string fresh = nonce!;
            nonce = null;
            ByteArrayContent content = new(JsonSerializer.SerializeToUtf8Bytes(key.Sign(url, fresh, Account, payload.Span), AcmeJson.Default.SignedMessage));
            content.Headers.ContentType = new("application/jose+json");
            AcmeAnswer answer = await SendAsync(step, new(HttpMethod.Post, url) { Content = content }, stop).ConfigureAwait(false);
            if (answer.Status is >= 200 and < 300) return answer;
            AcmeException error = Problems.Error(step, answer.Status, answer.Problem(), answer.RetryAfter);
            if (error.Problem != "badNonce" || i == NonceTries) throw error;
        }
    }

    /// <summary>Asks for a nonce, where the last answer brought none. RFC 8555 section 7.2.</summary>
    private async Task FreshenAsync(CancellationToken stop)
    {
        AcmeAnswer answer = await SendAsync("new nonce", new(HttpMethod.Head, Address("new nonce", newNonce)), stop).ConfigureAwait(false);
        if (answer.Status is < 200 or >= 300) throw Problems.Error(answer.Step, answer.Status, null, answer.RetryAfter);
        if (nonce is null) throw new AcmeException(ErrorKind.Unavailable, "new nonce: the authority gave none");
    }

    /// <summary>An address that the authority named. It must be on the server of the directory: what it says must not make us ask others.</summary>
    public Uri Address(string step, string? text)
    {
        if (text is not { Length: > 0 and <= AddressLimit } || !Uri.TryCreate(text, UriKind.Absolute, out Uri? url)) throw new AcmeException(ErrorKind.Unavailable, $"{step}: the authority names no address");
        bool isThere = url.Scheme == options.Directory.Scheme && url.Port == options.Directory.Port && url.IdnHost == options.Directory.IdnHost && url.UserInfo.Length == 0;
        return isThere ? url : throw new AcmeException(ErrorKind.PermissionDenied, $"{step}: the authority leads to another server: {Problems.Tidy(url.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped))}");
    }

    public void Dispose() => http.Dispose();

    private async Task<AcmeAnswer> SendAsync(string step, HttpRequestMessage request, CancellationToken stop)
    {
        using CancellationTokenSource limit = new(options.RequestLimit, time), both = CancellationTokenSource.CreateLinkedTokenSource(stop, limit.Token);
        try
        {
            using (request)
            using (HttpResponseMessage response = await http.SendAsync(request, both.Token).ConfigureAwait(false))
            {
                if (response.Headers.TryGetValues("Replay-Nonce", out IEnumerable<string>? values) && values.First() is { Length: > 0 and <= NonceLimit } given && AcmeText.IsBase64Url(given)) nonce = given;
                return new(step, (int)response.StatusCode, await response.Content.ReadAsByteArrayAsync(both.Token).ConfigureAwait(false), Location(response), RetryAfter(response));
            }
        }
        catch (OperationCanceledException e) when (!stop.IsCancellationRequested)
        {
            throw new AcmeException(ErrorKind.Unavailable, $"{step}: no answer of {options.Directory.Authority} within {options.RequestLimit.TotalSeconds} s", inner: e);
        }
        catch (HttpRequestException e)
        {
            // Which of the causes below is the one is in its own words: no such host, refused, not trusted, too long.
            throw new AcmeException(ErrorKind.Unavailable, $"{step}: ask {options.Directory.Authority}: {e.Message}{(e.InnerException is { } cause ? ": " + cause.Message : "")}", inner: e);
        }
    }

    private static string? Location(HttpResponseMessage response) => response.Headers.TryGetValues("Location", out IEnumerable<string>? values) ? values.First() : null;

    private TimeSpan? RetryAfter(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } when delta >= TimeSpan.Zero => delta,
        { Date: { } date } when date > time.GetUtcNow() => date - time.GetUtcNow(),
        _ => null,
    };

    private bool IsTrusted(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (errors != SslPolicyErrors.RemoteCertificateChainErrors || certificate is null) return errors == SslPolicyErrors.None;
        using X509Chain own = new();
        own.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        own.ChainPolicy.CustomTrustStore.AddRange(options.Authorities);
        own.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        own.ChainPolicy.ApplicationPolicy.Add(new("1.3.6.1.5.5.7.3.1"));
        foreach (X509ChainElement element in chain?.ChainElements ?? Enumerable.Empty<X509ChainElement>()) own.ChainPolicy.ExtraStore.Add(element.Certificate);
        using X509Certificate2 leaf = new(certificate);
        return own.Build(leaf);
    }
}
