using System.Text;
using Keelson.DockerApi.Http;
using Keelson.Plugins;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.Extensions.Primitives;

namespace Keelson.DockerApi.Authorization;

/// <summary>Asks plug-ins, one after the other, before each operation and before its answer goes out. All must allow it.</summary>
/// <remarks>
/// What a plug-in sees of a body is what the operation reads (CVE-2024-41110): the body is taken off the connection once, and both have these bytes. One that is not JSON is not
/// shown, and no operation reads it as JSON.
/// </remarks>
public sealed class AuthorizationPlugins : IDisposable
{
    /// <summary>Longest body that plug-ins are shown, of requests and of answers.</summary>
    internal const int BodyLimitBytes = 1 << 20;

    /// <summary>How long a plug-in may think.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly string[] Secret = ["X-Registry-Auth", "X-Registry-Config", "Authorization"];

    private readonly AuthorizationPlugin[] plugins;

    /// <param name="names">The plug-ins, in the order in which they are asked.</param>
    /// <param name="directory">Where they are.</param>
    /// <param name="patience">How long an answer is waited for; 10 s where it is not said.</param>
    public AuthorizationPlugins(IReadOnlyList<string> names, PluginDirectory directory, TimeSpan? patience = null)
    {
        ArgumentNullException.ThrowIfNull(names);
        plugins = [.. names.Select(name => new AuthorizationPlugin(name, directory, patience ?? Patience))];
    }

    /// <summary>Has an operation answer a request if the plug-ins allow it, and lets its answer out if they allow that.</summary>
    /// <exception cref="ApiException">403: a plug-in does not, or cannot be asked. 413: the body is too long to be shown.</exception>
    internal async Task RunAsync(Call call, string path, Operation operation)
    {
        AuthorizationMessage request = await ReadAsync(call, path).ConfigureAwait(false);
        foreach (AuthorizationPlugin plugin in plugins) await plugin.AskAsync("AuthZReq", request, call.Cancel).ConfigureAwait(false);
        await using AuthorizedAnswer answer = new(call.Http, body => AskAsync(call, request, body));
        try
        {
            await operation(call).ConfigureAwait(false);
        }
        catch (Exception e) when (!answer.IsDecided && !call.Cancel.IsCancellationRequested && ErrorTable.Of(e) is not null)
        {
            (int status, string message) = ErrorTable.Of(e)!.Value;
            answer.Forget();
            await call.WriteAsync(new Docker.ErrorResponse { Message = message }, Docker.DockerJson.Default.ErrorResponse, status).ConfigureAwait(false);
        }
        await answer.CompleteAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (AuthorizationPlugin plugin in plugins) plugin.Dispose();
    }

    private async Task AskAsync(Call call, AuthorizationMessage request, byte[]? body)
    {
        HttpResponse response = call.Http.Response;
        bool isJson = (response.ContentType ?? "").StartsWith("application/json", StringComparison.OrdinalIgnoreCase);
        AuthorizationMessage message = request with { ResponseStatusCode = response.StatusCode, ResponseHeaders = Headers(response.Headers), ResponseBody = isJson ? body : null };
        foreach (AuthorizationPlugin plugin in plugins) await plugin.AskAsync("AuthZRes", message, call.Cancel).ConfigureAwait(false);
    }

    private static async Task<AuthorizationMessage> ReadAsync(Call call, string path)
    {
        HttpRequest request = call.Http.Request;
        Caller caller = Caller.Of(call.Http);
        return new()
        {
            User = caller.User,
            UserAuthNMethod = caller.Method,
            RequestMethod = request.Method,
            RequestUri = UriHelper.BuildRelative(default, new PathString(path), request.QueryString),
            RequestBody = await PinBodyAsync(call).ConfigureAwait(false),
            RequestHeaders = Headers(request.Headers),
            RequestPeerCertificates = caller.Certificate is { } certificate ? [Encoding.ASCII.GetBytes(certificate.ExportCertificatePem())] : null,
        };
    }

    /// <summary>Takes the body off the connection and puts the bytes that were read in its place.</summary>
    private static async Task<byte[]?> PinBodyAsync(Call call)
    {
        HttpRequest request = call.Http.Request;
        if (!call.HasBody)
        {
            // Also where the connection goes on with bytes that are no body, such as after an upgrade.
            request.Body = Stream.Null;
            return null;
        }
        if (!call.HasJson) return null;
        using MemoryStream buffer = new();
        byte[] chunk = new byte[16 << 10];
        for (int read; (read = await request.Body.ReadAsync(chunk, call.Cancel).ConfigureAwait(false)) > 0;)
        {
            if (buffer.Length + read > BodyLimitBytes) throw new ApiException(413, $"authorization: the body is longer than {BodyLimitBytes} bytes, and plug-ins are shown no part of one");
            buffer.Write(chunk, 0, read);
        }
        byte[] body = buffer.ToArray();
        request.Body = new MemoryStream(body, writable: false);
        call.Http.Response.RegisterForDispose(request.Body);
        return body;
    }

    private static Dictionary<string, string> Headers(IHeaderDictionary headers)
    {
        Dictionary<string, string> shown = [];
        foreach ((string name, StringValues values) in headers)
            if (!Secret.Contains(name, StringComparer.OrdinalIgnoreCase)) shown[name] = values.Count > 0 ? values[0] ?? "" : "";
        return shown;
    }
}
