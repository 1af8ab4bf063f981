using System.Net;

namespace Keelson.Tuf.Tests;

/// <summary>Serves a repository over HTTP on the loopback interface: <c>/metadata/</c> and <c>/targets/</c>.</summary>
internal sealed class RepositoryServer : IAsyncDisposable
{
    private readonly TestRepository repository;
    private readonly HttpListener listener = new();
    private readonly Task loop;

    public RepositoryServer(TestRepository repository)
    {
        this.repository = repository;
        Address = $"http://127.0.0.1:{LoopbackPort.Free()}/";
        listener.Prefixes.Add(Address);
        listener.Start();
        loop = ServeAsync();
    }

    public string Address { get; }

    public string MetadataUrl => Address + "metadata/";

    public string TargetsUrl => Address + "targets";

    /// <summary>When set, every answer has this status.</summary>
    public HttpStatusCode? Status { get; set; }

    public async ValueTask DisposeAsync()
    {
        if (!listener.IsListening) return;
        listener.Stop();
        await loop;
        listener.Close();
    }

    private async Task ServeAsync()
    {
        while (true)
        {
            HttpListenerContext context;
            try
            {
                context = await listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
            using HttpListenerResponse response = context.Response;
            string path = context.Request.RawUrl!;
            using Stream? content = path.StartsWith("/metadata/", StringComparison.Ordinal) ? await repository.OpenAsync(path["/metadata/".Length..], default)
                : path.StartsWith("/targets/", StringComparison.Ordinal) ? await repository.Targets.OpenAsync(path["/targets/".Length..], default) : null;
            response.StatusCode = (int)(Status ?? (content is null ? HttpStatusCode.NotFound : HttpStatusCode.OK));
            if (response.StatusCode == 200) await content!.CopyToAsync(response.OutputStream);
        }
    }
}
