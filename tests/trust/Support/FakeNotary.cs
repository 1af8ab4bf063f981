using System.Collections.Concurrent;
using System.Net;
using System.Text;

namespace Keelson.Trust.Tests.Support;

/// <summary>A server that says whatever a test wants, on the loopback interface without TLS.</summary>
internal sealed class FakeNotary : IAsyncDisposable
{
    private readonly StandInServer server;

    public FakeNotary(Func<HttpListenerContext, Task> answer) => server = new(context =>
    {
        Requests.Enqueue($"{context.Request.HttpMethod} {context.Request.RawUrl}");
        return answer(context);
    });

    public Uri Address => new(server.Address);

    /// <summary>Method and path of each request, with the query.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>Serves the files that a person's client keeps of one collection as another collection.</summary>
    public static FakeNotary Of(string metadata) => new(async context =>
    {
        string name = context.Request.Url!.AbsolutePath.Split("/_trust/tuf/")[1];
        string[] parts = name.Split('.');
        string file = $"{metadata}/{parts[0]}.json";
        // A name with a version has no file: there is no next root.
        bool isThere = File.Exists(file);
        context.Response.StatusCode = isThere ? 200 : 404;
        if (isThere) await context.Response.OutputStream.WriteAsync(await File.ReadAllBytesAsync(file));
        context.Response.Close();
    });

    public static async Task SayAsync(HttpListenerContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(text));
        context.Response.Close();
    }

    public ValueTask DisposeAsync() => server.DisposeAsync();
}
