using System.Net;

namespace Keelson.Testing;

/// <summary>A server of HTTP without TLS on the loopback interface that says what a test wants, one request after the other.</summary>
public sealed class StandInServer : IAsyncDisposable
{
    private readonly HttpListener listener = new();
    private readonly TaskCompletionSource end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Func<HttpListenerContext, Task> answer;
    private readonly Task loop;

    /// <summary>Starts it.</summary>
    /// <param name="answer">Answers a request and closes the response; where it fails the connection is ended.</param>
    public StandInServer(Func<HttpListenerContext, Task> answer)
    {
        this.answer = answer;
        listener.Prefixes.Add(Address);
        listener.Start();
        loop = Task.Run(ServeAsync);
    }

    /// <summary>Where it listens, with a slash at the end.</summary>
    public string Address { get; } = $"http://127.0.0.1:{LoopbackPort.Free()}/";

    /// <summary>Ends it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!end.TrySetResult()) return;
        listener.Close();
        await loop;
    }

    private async Task ServeAsync()
    {
        while (true)
        {
            try
            {
                Task<HttpListenerContext> next = listener.GetContextAsync();
                // HttpListener may leave a call that meets the end without an answer.
                if (await Task.WhenAny(next, end.Task) != next) return;
                await AnswerAsync(await next);
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException or IOException)
            {
                // The end, or a client that went away.
                if (end.Task.IsCompleted) return;
            }
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        try
        {
            await answer(context);
        }
        catch
        {
            context.Response.Abort();
            throw;
        }
    }
}
