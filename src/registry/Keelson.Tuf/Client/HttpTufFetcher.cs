using System.Net;

namespace Keelson.Tuf;

/// <summary>Gets files over HTTP.</summary>
public sealed class HttpTufFetcher : ITufFetcher
{
    private static readonly UriCreationOptions Exactly = new() { DangerousDisablePathAndQueryCanonicalization = true };
    private readonly HttpClient client;
    private readonly string address;

    /// <summary>Makes the fetcher.</summary>
    /// <param name="client">Stays the caller's. Its time limit holds until the head of an answer, the client's rates hold from there.</param>
    /// <param name="address">The folder of the files: <c>https://example.org/metadata</c>.</param>
    public HttpTufFetcher(HttpClient client, Uri address)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(address);
        this.client = client;
        this.address = address.AbsoluteUri.TrimEnd('/') + "/";
    }

    /// <inheritdoc/>
    public async Task<Stream?> OpenAsync(string path, CancellationToken cancellation)
    {
        // What is encoded must stay encoded: a role may be called "../x".
        Uri uri = new(address + path, Exactly);
        HttpResponseMessage? answer = null;
        try
        {
            answer = await client.GetAsync(uri, HttpCompletionOption.ResponseHeadersRead, cancellation).ConfigureAwait(false);
            // A store of objects that may not be listed says 403 for what is not there.
            if (answer.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Forbidden or HttpStatusCode.Gone)
            {
                answer.Dispose();
                return null;
            }
            if (!answer.IsSuccessStatusCode) throw new TufException(TufFault.Unavailable, $"get {path}: HTTP {(int)answer.StatusCode}");
            Stream content = await answer.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
            return content;
        }
        catch (Exception e) when (e is HttpRequestException or IOException || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            answer?.Dispose();
            throw new TufException(TufFault.Unavailable, $"get {path}", e);
        }
        catch
        {
            answer?.Dispose();
            throw;
        }
    }
}
