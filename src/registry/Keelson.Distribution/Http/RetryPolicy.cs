using System.Net;

namespace Keelson.Distribution;

/// <summary>Which failures are tried again, and after how long.</summary>
internal sealed class RetryPolicy(RegistryClientOptions options)
{
    public int Attempts => Math.Max(1, options.Attempts);

    /// <summary>Whether the same request may succeed later.</summary>
    public static bool IsTransient(HttpStatusCode status) => status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests
        or HttpStatusCode.InternalServerError or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout;

    /// <summary>Whether a connection that failed so may do better next time: everything but names that do not exist and certificates that are not trusted.</summary>
    public static bool IsTransient(Exception error) => error switch
    {
        HttpRequestException http => http.HttpRequestError is not (HttpRequestError.SecureConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.InvalidResponse
            or HttpRequestError.ConfigurationLimitExceeded or HttpRequestError.VersionNegotiationError),
        IOException => true,
        _ => false,
    };

    /// <summary>The wait before the next try; <see langword="null"/> when the registry wants more than this client waits.</summary>
    /// <param name="failures">Failures so far, at least one.</param>
    /// <param name="answer">The answer, if there was one; its <c>Retry-After</c> is heeded.</param>
    public TimeSpan? Delay(int failures, HttpResponseMessage? answer)
    {
        TimeSpan wanted = answer?.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - options.Time.GetUtcNow(),
            _ => TimeSpan.Zero,
        };
        if (wanted > options.MaxDelay) return null;
        double doubled = options.FirstDelay.TotalMilliseconds * Math.Pow(2, Math.Min(failures - 1, 20));
        TimeSpan own = TimeSpan.FromMilliseconds(Math.Min(doubled, options.MaxDelay.TotalMilliseconds) * (0.75 + Random.Shared.NextDouble() / 2));
        return wanted > own ? wanted : own;
    }

    public Task WaitAsync(TimeSpan delay, CancellationToken cancellation) => Task.Delay(delay, options.Time, cancellation);
}
