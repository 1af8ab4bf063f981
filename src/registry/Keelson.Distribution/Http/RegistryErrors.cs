using System.Net;
using System.Text;
using System.Text.Json;

namespace Keelson.Distribution;

/// <summary>Turns answers and broken connections into errors that name the operation and the cause.</summary>
internal static class RegistryErrors
{
    private const int MaxBodyBytes = 64 << 10, MaxText = 256;

    /// <summary>The error that an answer stands for.</summary>
    public static async Task<RegistryException> ReadAsync(RegistryTransport transport, HttpResponseMessage answer, string operation, CancellationToken cancellation)
    {
        (string? code, string? message) = (null, null);
        try
        {
            byte[] body = await transport.ReadAllAsync(answer, MaxBodyBytes, operation, cancellation).ConfigureAwait(false);
            (code, message) = Parse(body);
        }
        catch (Exception e) when (e is IOException or HttpRequestException or RegistryException)
        {
            // The status tells enough when the body cannot be had.
        }
        string cause = (code, message) switch
        {
            (null, null) => $"status {(int)answer.StatusCode}",
            (null, _) => message,
            (_, null) => code,
            _ => $"{code} ({message})",
        };
        return new RegistryException(Kind(answer.StatusCode, code), $"{operation}: {cause}", (int)answer.StatusCode, code);
    }

    /// <summary>The error that a broken connection stands for.</summary>
    public static RegistryException Connection(Exception error, RegistryHost host, string operation)
    {
        bool isUntrusted = error is HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError };
        return new RegistryException(isUntrusted ? ErrorKind.PermissionDenied : ErrorKind.Unavailable, $"{operation}: {host.Origin}: {Cause(error)}", inner: error);
    }

    /// <summary>A broken connection in words.</summary>
    public static string Cause(Exception error) => error switch
    {
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } => "no TLS connection that is trusted",
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => "the host is not known",
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } => "no connection",
        HttpIOException { HttpRequestError: HttpRequestError.ResponseEnded } or HttpRequestException { HttpRequestError: HttpRequestError.ResponseEnded } => "the connection broke off",
        _ => Clean(error.Message),
    };

    /// <summary>Text of a registry for a message: cut to size and without control characters.</summary>
    public static string Clean(string text)
    {
        StringBuilder clean = new();
        foreach (char c in text.AsSpan(0, Math.Min(text.Length, MaxText))) clean.Append(char.IsControl(c) || char.IsSurrogate(c) ? '?' : c);
        return clean.ToString().TrimEnd('.');
    }

    private static ErrorKind Kind(HttpStatusCode status, string? code) => (status, code) switch
    {
        (_, "TOOMANYREQUESTS") => ErrorKind.Unavailable,
        (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.ProxyAuthenticationRequired, _) => ErrorKind.PermissionDenied,
        (HttpStatusCode.NotFound or HttpStatusCode.Gone, _) => ErrorKind.NotFound,
        (HttpStatusCode.MethodNotAllowed or HttpStatusCode.NotImplemented, _) or (_, "UNSUPPORTED") => ErrorKind.Unsupported,
        (HttpStatusCode.Conflict or HttpStatusCode.PreconditionFailed, _) => ErrorKind.FailedPrecondition,
        (_, "DIGEST_INVALID" or "SIZE_INVALID") => ErrorKind.DataLoss,
        var (s, _) when RetryPolicy.IsTransient(s) || (int)s >= 500 => ErrorKind.Unavailable,
        var (s, _) when (int)s >= 400 => ErrorKind.InvalidArgument,
        _ => ErrorKind.Unknown,
    };

    private static (string? Code, string? Message) Parse(byte[] body)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            JsonElement error = document.RootElement.GetProperty("errors")[0];
            return (Text(error, "code"), Text(error, "message"));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or IndexOutOfRangeException)
        {
            return (null, null);
        }
    }

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text ? Clean(text) : null;
}
