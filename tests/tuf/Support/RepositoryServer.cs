using System.Net;

namespace Keelson.Tuf.Tests;

/// <summary>Serves a repository over HTTP on the loopback interface: <c>/metadata/</c> and <c>/targets/</c>.</summary>
internal sealed class RepositoryServer : IAsyncDisposable
{
    private readonly TestRepository repository;
    private readonly StandInServer server;

    public RepositoryServer(TestRepository repository)
    {
        this.repository = repository;
        server = new(AnswerAsync);
    }

    public string Address => server.Address;

    public string MetadataUrl => Address + "metadata/";

    public string TargetsUrl => Address + "targets";

    /// <summary>When set, every answer has this status.</summary>
    public HttpStatusCode? Status { get; set; }

    public ValueTask DisposeAsync() => server.DisposeAsync();

    private async Task AnswerAsync(HttpListenerContext context)
    {
        using HttpListenerResponse response = context.Response;
        string path = context.Request.RawUrl!;
        using Stream? content = path.StartsWith("/metadata/", StringComparison.Ordinal) ? await repository.OpenAsync(path["/metadata/".Length..], default)
            : path.StartsWith("/targets/", StringComparison.Ordinal) ? await repository.Targets.OpenAsync(path["/targets/".Length..], default) : null;
        response.StatusCode = (int)(Status ?? (content is null ? HttpStatusCode.NotFound : HttpStatusCode.OK));
        if (response.StatusCode == 200) await content!.CopyToAsync(response.OutputStream);
    }
}
