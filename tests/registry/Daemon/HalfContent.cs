using System.Net;

namespace Keelson.Registry.Tests.Daemon;

/// <summary>A body whose second half waits, for which it trickles: who stalls altogether loses the connection.</summary>
internal sealed class HalfContent(byte[] content, TaskCompletionSource half, Task rest) : HttpContent
{
    private const int TrickleBytes = 500;

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        await stream.WriteAsync(content.AsMemory(..(content.Length / 2)));
        await stream.FlushAsync();
        half.SetResult();
        int at = content.Length / 2;
        while (!rest.IsCompleted && at < content.Length - TrickleBytes)
        {
            await stream.WriteAsync(content.AsMemory(at, TrickleBytes));
            await stream.FlushAsync();
            at += TrickleBytes;
            await Task.WhenAny(rest, Task.Delay(50));
        }
        await rest;
        await stream.WriteAsync(content.AsMemory(at..));
    }

    protected override bool TryComputeLength(out long length)
    {
        length = content.Length;
        return true;
    }
}
