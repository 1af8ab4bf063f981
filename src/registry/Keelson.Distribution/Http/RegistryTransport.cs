using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;

namespace Keelson.Distribution;

/// <summary>Sends requests to hosts: authenticates, follows redirects, and tries again what may succeed later.</summary>
internal sealed class RegistryTransport : IDisposable
{
    private const int MaxRedirects = 5;
    private readonly RegistryClientOptions options;
    private readonly HandlerPool handlers;
    private readonly TokenClient tokens;
    private readonly ConcurrentDictionary<string, HostAuthorizer> authorizers = new(StringComparer.Ordinal);

    public RegistryTransport(RegistryClientOptions options)
    {
        this.options = options;
        handlers = new HandlerPool(options);
        tokens = new TokenClient(this, options);
        Retry = new RetryPolicy(options);
    }

    public RetryPolicy Retry { get; }

    public RegistryClientOptions Options => options;

    public HostAuthorizer Authorizer(RegistryHost host) => authorizers.GetOrAdd(host.Origin, _ => new HostAuthorizer(host, options, tokens));

    /// <summary>Sends a request that may be repeated, until it is answered with something that will not change by itself.</summary>
    /// <param name="host">The host.</param>
    /// <param name="operation">For messages: operation and reference.</param>
    /// <param name="make">Makes the request, once for each try.</param>
    /// <param name="authorizer">Who authenticates; <see langword="null"/>: nobody.</param>
    /// <param name="scope">What the request needs.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>The answer, whose body is not read yet; the status may be any that is not transient.</returns>
    /// <exception cref="RegistryException">Unavailable: no answer, or a transient one, after all tries.</exception>
    public async Task<HttpResponseMessage> SendAsync(
        RegistryHost host, string operation, Func<HttpRequestMessage> make, HostAuthorizer? authorizer, AuthScope scope, CancellationToken cancellation)
    {
        for (int failures = 1; ; failures++)
        {
            TimeSpan? delay;
            string problem;
            try
            {
                HttpResponseMessage answer = await SendOnceAsync(host, make, authorizer, scope, cancellation).ConfigureAwait(false);
                if (!RetryPolicy.IsTransient(answer.StatusCode)) return answer;
                delay = Retry.Delay(failures, answer);
                if (failures >= Retry.Attempts || delay is null)
                    using (answer) throw await RegistryErrors.ReadAsync(this, answer, operation, cancellation).ConfigureAwait(false);
                problem = $"status {(int)answer.StatusCode}";
                answer.Dispose();
            }
            catch (Exception e) when (e is HttpRequestException or IOException)
            {
                if (failures >= Retry.Attempts || !RetryPolicy.IsTransient(e)) throw RegistryErrors.Connection(e, host, operation);
                (delay, problem) = (Retry.Delay(failures, null), RegistryErrors.Cause(e));
            }
            options.Warn?.Invoke($"{operation}: {problem}; next try in {delay!.Value.TotalMilliseconds:0} ms");
            await Retry.WaitAsync(delay!.Value, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Sends a request once, not counting the repetition with what the host wants to be shown.</summary>
    public async Task<HttpResponseMessage> SendOnceAsync(
        RegistryHost host, Func<HttpRequestMessage> make, HostAuthorizer? authorizer, AuthScope scope, CancellationToken cancellation)
    {
        for (int round = 0; ; round++)
        {
            HttpRequestMessage request = make();
            bool isOwn = IsSameOrigin(request.RequestUri!, host.Base);
            AuthenticationHeaderValue? shown = null;
            if (isOwn && authorizer is not null) request.Headers.Authorization = shown = await authorizer.AuthorizeAsync(scope, cancellation).ConfigureAwait(false);
            HttpResponseMessage answer = await FollowAsync(host, request, cancellation).ConfigureAwait(false);
            if (answer.StatusCode != HttpStatusCode.Unauthorized || round == 2 || !isOwn || authorizer is null || !authorizer.Challenge(answer, shown, scope)) return answer;
            answer.Dispose();
        }
    }

    /// <summary>Whether two URLs lead to the same scheme, host and port.</summary>
    public static bool IsSameOrigin(Uri one, Uri other) =>
        one.Scheme == other.Scheme && one.Host.Equals(other.Host, StringComparison.OrdinalIgnoreCase) && one.Port == other.Port;

    private async Task<HttpResponseMessage> FollowAsync(RegistryHost host, HttpRequestMessage request, CancellationToken cancellation)
    {
        HttpMethod method = request.Method;
        RangeHeaderValue? range = request.Headers.Range;
        Uri url = request.RequestUri!;
        for (int hops = 0; ; hops++)
        {
            HttpResponseMessage answer = await ExchangeAsync(host, request, cancellation).ConfigureAwait(false);
            bool isRedirect = answer.StatusCode is HttpStatusCode.Moved or HttpStatusCode.Found or HttpStatusCode.SeeOther or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect;
            if (!isRedirect || answer.Headers.Location is not { } location || method != HttpMethod.Get && method != HttpMethod.Head) return answer;
            answer.Dispose();
            Uri next = new(url, location);
            if (hops == MaxRedirects) throw new HttpRequestException(HttpRequestError.InvalidResponse, $"more than {MaxRedirects} redirects");
            bool isDowngrade = next.Scheme != Uri.UriSchemeHttps && url.Scheme == Uri.UriSchemeHttps;
            if (next.Scheme is not ("http" or "https") || isDowngrade) throw new HttpRequestException(HttpRequestError.InvalidResponse, $"a redirect to {next.Scheme}, which is not followed");
            if (!IsSameOrigin(next, host.Base) && !RedirectTrust.MayFollow(host.Base, next)) throw new HttpRequestException(HttpRequestError.InvalidResponse, $"a redirect to {next.Host}, which is not followed");
            HttpRequestMessage following = new(method, next);
            foreach (MediaTypeWithQualityHeaderValue type in request.Headers.Accept) following.Headers.Accept.Add(type);
            following.Headers.Range = range;
            // What is meant for the registry stays with it: the next host gets neither authorization nor the host's own headers.
            if (IsSameOrigin(next, host.Base) && request.Headers.Authorization is { } authorization) following.Headers.Authorization = authorization;
            (request, url) = (following, next);
        }
    }

    private async Task<HttpResponseMessage> ExchangeAsync(RegistryHost host, HttpRequestMessage request, CancellationToken cancellation)
    {
        bool isOwn = IsSameOrigin(request.RequestUri!, host.Base);
        request.Version = HttpVersion.Version20;
        request.VersionPolicy = HttpVersionPolicy.RequestVersionOrLower;
        request.Headers.TryAddWithoutValidation("User-Agent", options.UserAgent);
        if (isOwn)
            foreach ((string name, string value) in host.Headers) request.Headers.TryAddWithoutValidation(name, value);
        using StallGuard guard = new(options, cancellation);
        if (request.Content is UploadContent upload) upload.Guard = guard;
        try
        {
            HttpMessageInvoker invoker = isOwn ? handlers.For(host) : handlers.For(request.RequestUri!);
            HttpResponseMessage answer = await invoker.SendAsync(request, guard.Token).ConfigureAwait(false);
            foreach (string warning in answer.Headers.NonValidated.TryGetValues("Warning", out HeaderStringValues warnings) ? warnings : default)
                if (warning.StartsWith("299 ", StringComparison.Ordinal)) options.Warn?.Invoke($"{host.Origin} warns: {RegistryErrors.Clean(warning[4..])}");
            return answer;
        }
        catch (OperationCanceledException) when (guard.IsStalled)
        {
            throw new HttpIOException(HttpRequestError.ConnectionError, $"nothing came for {options.StallTimeout.TotalSeconds:0.###} s");
        }
    }

    /// <summary>Reads the body of an answer.</summary>
    /// <exception cref="RegistryException">InvalidArgument: it is larger than it may be. Unavailable: it broke off.</exception>
    public async Task<byte[]> ReadAllAsync(HttpResponseMessage answer, int maxBytes, string operation, CancellationToken cancellation)
    {
        if (answer.Content.Headers.ContentLength > maxBytes) throw TooLarge();
        using StallGuard guard = new(options, cancellation);
        try
        {
            using Stream body = await answer.Content.ReadAsStreamAsync(guard.Token).ConfigureAwait(false);
            using MemoryStream result = new();
            byte[] buffer = new byte[16384];
            for (int read; (read = await body.ReadAsync(buffer, guard.Token).ConfigureAwait(false)) > 0; guard.Touch())
            {
                if (result.Length + read > maxBytes) throw TooLarge();
                result.Write(buffer, 0, read);
            }
            return result.ToArray();
        }
        catch (OperationCanceledException) when (guard.IsStalled)
        {
            throw new HttpIOException(HttpRequestError.ResponseEnded, $"nothing came for {options.StallTimeout.TotalSeconds:0.###} s");
        }

        RegistryException TooLarge() => new(ErrorKind.InvalidArgument, $"{operation}: the answer is larger than {maxBytes} bytes", (int)answer.StatusCode);
    }

    public void Dispose() => handlers.Dispose();
}
