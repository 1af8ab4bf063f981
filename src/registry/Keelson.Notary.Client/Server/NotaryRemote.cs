using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Keelson.Distribution;

namespace Keelson.Notary.Client;

/// <summary>A notary server over HTTP: metadata, keys, uploads of any collection. What it says is not trusted here.</summary>
public sealed class NotaryRemote : IDisposable
{
    private const int MaximumErrorBytes = 1024, MaximumKeyBytes = 256 * 1024, Attempts = 3;
    private static readonly UriCreationOptions Exactly = new() { DangerousDisablePathAndQueryCanonicalization = true };
    private readonly RegistryTransport transport;
    private readonly RegistryHost host;

    /// <summary>Makes the client. Nothing is asked yet.</summary>
    /// <param name="connection">The server, and how it is spoken to.</param>
    /// <exception cref="KeelsonException">InvalidArgument: the address is neither http nor https.</exception>
    public NotaryRemote(NotaryConnection connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        if (connection.Server.Scheme is not ("http" or "https")) throw new KeelsonException(ErrorKind.InvalidArgument, $"open {connection.Server}: a notary server is spoken to over https");
        transport = new RegistryTransport(new RegistryClientOptions { Credentials = connection.Credentials, Time = connection.Time, Warn = connection.Warn, Attempts = Attempts });
        host = new RegistryHost
        {
            Base = new Uri(connection.Server.GetLeftPart(UriPartial.Path).TrimEnd('/') + "/v2/"),
            CredentialName = connection.CredentialName ?? connection.Server.Authority,
            AuthorityFiles = connection.AuthorityFiles,
            ClientCertificates = connection.ClientCertificate is { } own ? [(own.Certificate, own.Key)] : [],
        };
    }

    /// <summary>The server, for messages.</summary>
    public string Origin => host.Origin;

    /// <summary>Opens a metadata file; null when the collection does not have it.</summary>
    /// <param name="gun">The collection.</param>
    /// <param name="file">Its name: <c>timestamp.json</c>, <c>2.root.json</c>.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="TufException">Unavailable: the server does not answer.</exception>
    /// <exception cref="NotaryException">It refused.</exception>
    public async Task<Stream?> OpenAsync(string gun, string file, CancellationToken cancellation = default)
    {
        HttpResponseMessage answer;
        try
        {
            answer = await SendAsync(HttpMethod.Get, gun, $"_trust/tuf/{file}", "pull", null, $"get {file} of {gun}", cancellation).ConfigureAwait(false);
        }
        catch (RegistryException e) when (e.Kind == ErrorKind.Unavailable)
        {
            throw new TufException(TufFault.Unavailable, $"get {file} of {gun}", e);
        }
        if (answer.IsSuccessStatusCode) return await answer.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        using (answer)
        {
            if (answer.StatusCode == HttpStatusCode.NotFound) return null;
            throw await RefusedAsync(answer, $"get {file} of {gun}", cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Uploads metadata at once: all of it becomes visible, or nothing.</summary>
    /// <param name="gun">The collection.</param>
    /// <param name="files">Role and content, in the order in which they are sent.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="NotaryException">It refused; <see cref="NotaryException.Code"/> says why.</exception>
    public async Task PublishAsync(string gun, IReadOnlyList<(string Role, ReadOnlyMemory<byte> Content)> files, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(files);
        using HttpResponseMessage answer = await SendAsync(HttpMethod.Post, gun, "_trust/tuf/", "pull,push", () => Multipart(files), $"publish {gun}", cancellation).ConfigureAwait(false);
        if (!answer.IsSuccessStatusCode) throw await RefusedAsync(answer, $"publish {gun}", cancellation).ConfigureAwait(false);
    }

    /// <summary>The public key with which the server signs a role of a collection; made when there is none.</summary>
    /// <param name="gun">The collection.</param>
    /// <param name="role"><c>timestamp</c> or <c>snapshot</c>.</param>
    /// <param name="mustBeNew">Whether the server makes another one.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public async Task<TufKey> GetKeyAsync(string gun, string role, bool mustBeNew = false, CancellationToken cancellation = default)
    {
        string operation = $"{(mustBeNew ? "rotate" : "get")} the server's {role} key of {gun}";
        using HttpResponseMessage answer = await SendAsync(mustBeNew ? HttpMethod.Post : HttpMethod.Get, gun, $"_trust/tuf/{role}.key", mustBeNew ? "*" : "pull,push", null, operation, cancellation).ConfigureAwait(false);
        if (!answer.IsSuccessStatusCode) throw await RefusedAsync(answer, operation, cancellation).ConfigureAwait(false);
        byte[] body = await transport.ReadAllAsync(answer, MaximumKeyBytes, operation, cancellation).ConfigureAwait(false);
        return TrustPublicKeys.FromJson(TrustJson.Object(body, "key"));
    }

    /// <summary>Deletes a collection from the server; nothing happens when it is not there.</summary>
    /// <param name="gun">The collection.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public async Task DeleteAsync(string gun, CancellationToken cancellation = default)
    {
        using HttpResponseMessage answer = await SendAsync(HttpMethod.Delete, gun, "_trust/tuf/", "*", null, $"delete {gun}", cancellation).ConfigureAwait(false);
        if (!answer.IsSuccessStatusCode) throw await RefusedAsync(answer, $"delete {gun}", cancellation).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose() => transport.Dispose();

    private Task<HttpResponseMessage> SendAsync(HttpMethod method, string gun, string path, string actions, Func<HttpContent>? body, string operation, CancellationToken cancellation)
    {
        Uri url = new($"{host.Base.AbsoluteUri}{GunName.Check(gun)}/{path}", Exactly);
        HttpRequestMessage Make() => new(method, url) { Content = body?.Invoke() };
        return transport.SendAsync(host, operation, Make, transport.Authorizer(host), new AuthScope($"repository:{gun}:{actions}"), cancellation);
    }

    /// <summary>Written by hand: Go takes the name of a part as it stands, without the second form that .NET adds.</summary>
    private static ByteArrayContent Multipart(IReadOnlyList<(string Role, ReadOnlyMemory<byte> Content)> files)
    {
        string boundary = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));
        using MemoryStream body = new();
        foreach ((string role, ReadOnlyMemory<byte> content) in files)
        {
            body.Write(Encoding.ASCII.GetBytes($"--{boundary}\r\nContent-Disposition: form-data; name=\"files\"; filename=\"{role}\"\r\nContent-Type: application/octet-stream\r\n\r\n"));
            body.Write(content.Span);
            body.Write("\r\n"u8);
        }
        body.Write(Encoding.ASCII.GetBytes($"--{boundary}--\r\n"));
        ByteArrayContent result = new(body.ToArray());
        result.Headers.ContentType = new MediaTypeHeaderValue("multipart/form-data");
        result.Headers.ContentType.Parameters.Add(new NameValueHeaderValue("boundary", boundary));
        return result;
    }

    private async Task<NotaryException> RefusedAsync(HttpResponseMessage answer, string operation, CancellationToken cancellation)
    {
        int status = (int)answer.StatusCode;
        ErrorKind kind = answer.StatusCode switch
        {
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => ErrorKind.PermissionDenied,
            HttpStatusCode.NotFound => ErrorKind.NotFound,
            >= HttpStatusCode.InternalServerError => ErrorKind.Unavailable,
            _ => ErrorKind.InvalidArgument,
        };
        (string? code, string? message) = await ReadErrorAsync(answer, cancellation).ConfigureAwait(false);
        string cause = (code, message) switch { (null, _) => $"status {status}", (_, null) => code, _ => $"{code} ({message})" };
        return new(kind, $"{operation}: {cause}", status, code);
    }

    private async Task<(string? Code, string? Message)> ReadErrorAsync(HttpResponseMessage answer, CancellationToken cancellation)
    {
        using StallGuard guard = new(transport.Options, cancellation);
        try
        {
            Stream body = await answer.Content.ReadAsStreamAsync(guard.Token).ConfigureAwait(false);
            await using (body.ConfigureAwait(false))
            {
                byte[] buffer = new byte[MaximumErrorBytes];
                int count = await body.ReadAtLeastAsync(buffer, buffer.Length, false, guard.Token).ConfigureAwait(false);
                JsonNode? error = JsonNode.Parse(buffer.AsSpan(0, count))?["errors"]?[0];
                string? reason = error?["detail"] is JsonObject detail ? detail["Error"]?["Msg"]?.ToString() ?? detail["Name"]?.ToString() : null;
                return (error?["code"]?.ToString() is { } code ? RegistryErrors.Clean(code) : null, (reason ?? error?["message"]?.ToString()) is { } text ? RegistryErrors.Clean(text) : null);
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or IOException or HttpRequestException or ArgumentOutOfRangeException || (e is OperationCanceledException && guard.IsStalled))
        {
            // The status tells enough when the body is something else, longer than a client reads, or does not come.
            return (null, null);
        }
    }
}
