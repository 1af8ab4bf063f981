using System.Net.Http.Headers;

namespace Keelson.Registry.Tests;

/// <summary>Sends requests as a test writes them: paths are not made canonical, redirects are not followed.</summary>
/// <param name="registry">Who gets them.</param>
public sealed class RegistryHttp(IRegistryUnderTest registry) : IDisposable
{
    private readonly HttpClient client = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { Timeout = TimeSpan.FromSeconds(60) };

    /// <summary>Sends a request with a body of known length, or none.</summary>
    /// <param name="method">The method, in capitals.</param>
    /// <param name="target">A path with its query, or a whole URL that the registry named.</param>
    /// <param name="body">The body.</param>
    /// <param name="headers">Headers, of the body too.</param>
    public Task<Answer> SendAsync(string method, string target, byte[]? body = null, params (string Name, string Value)[] headers)
    {
        bool hasBody = body is not null || method is "POST" or "PUT" or "PATCH";
        return SendContentAsync(method, target, hasBody ? new ByteArrayContent(body ?? []) : null, headers);
    }

    /// <summary>Sends a request whose length is not known beforehand: <c>Transfer-Encoding: chunked</c>.</summary>
    public Task<Answer> StreamAsync(string method, string target, Stream body, params (string Name, string Value)[] headers) =>
        SendContentAsync(method, target, new StreamContent(body), headers, isChunked: true);

    public void Dispose() => client.Dispose();

    private async Task<Answer> SendContentAsync(string method, string target, HttpContent? content, (string Name, string Value)[] headers, bool isChunked = false)
    {
        string url = target.StartsWith('/') ? registry.Address + target : target;
        using HttpRequestMessage request = new(new HttpMethod(method), new Uri(url, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true })) { Content = content };
        if (isChunked) request.Headers.TransferEncodingChunked = true;
        foreach ((string name, string value) in headers)
        {
            HttpHeaders bag = name.StartsWith("Content-", StringComparison.Ordinal) ? content!.Headers : request.Headers;
            Assert.True(bag.TryAddWithoutValidation(name, value), name);
        }
        using HttpResponseMessage response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Dictionary<string, string> answered = new(StringComparer.OrdinalIgnoreCase);
        foreach ((string name, HeaderStringValues values) in response.Headers.NonValidated.Concat(response.Content.Headers.NonValidated)) answered[name] = string.Join(", ", values);
        MemoryStream received = new();
        bool isWhole = true;
        try
        {
            await response.Content.CopyToAsync(received);
        }
        catch (HttpRequestException e) when (e.InnerException is IOException)
        {
            isWhole = false;
        }
        return new($"{method} {target}", (int)response.StatusCode, answered, received.ToArray()) { IsWhole = isWhole };
    }
}
