using System.Collections.Concurrent;
using System.Net;
using System.Text;

namespace Keelson.Trust.Tests.Support;

/// <summary>A server that says whatever a test wants, on the loopback interface without TLS.</summary>
internal sealed class FakeNotary : IAsyncDisposable
{
    private readonly HttpListener listener = new();
    private readonly Task loop;
    private readonly Func<HttpListenerContext, Task> answer;

    public FakeNotary(Func<HttpListenerContext, Task> answer)
    {
        this.answer = answer;
        Address = new($"http://127.0.0.1:{LoopbackPort.Free()}/");
        listener.Prefixes.Add(Address.AbsoluteUri);
        listener.Start();
        loop = Task.Run(ServeAsync);
    }

    public Uri Address { get; }

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

    public async ValueTask DisposeAsync()
    {
        listener.Close();
        await loop;
    }

    private async Task ServeAsync()
    {
        while (true)
        {
            try
            {
                HttpListenerContext context = await listener.GetContextAsync();
                Requests.Enqueue($"{context.Request.HttpMethod} {context.Request.RawUrl}");
                await answer(context);
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException or IOException)
            {
                if (!listener.IsListening) return;
            }
        }
    }
}
