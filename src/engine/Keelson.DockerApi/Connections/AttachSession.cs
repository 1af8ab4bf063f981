using System.IO.Pipelines;
using System.Text;
using Keelson.Docker;
using Keelson.DockerApi.Http;
using Keelson.Engine.Containers;
using Microsoft.AspNetCore.Http;

namespace Keelson.DockerApi.Connections;

/// <summary>Carries the streams of a process over a connection that was taken over.</summary>
internal sealed class AttachSession(IAttachedStreams streams, HijackedConnection connection, TimeProvider time)
{
    /// <summary>Whether the client's bytes go to the process; they are dropped otherwise.</summary>
    public bool HasInput { get; init; }

    /// <summary>The keys that end it; <see langword="null"/> without.</summary>
    public DetachKeys? Keys { get; init; }

    /// <summary>Takes a connection over and carries streams until the process ends, the client goes, or the daemon stops.</summary>
    /// <param name="call">The request.</param>
    /// <param name="streams">The streams; they are disposed of.</param>
    /// <param name="hasInput">Whether the client's bytes go to the process.</param>
    /// <param name="detachKeys">The keys that end it, when the process has a terminal.</param>
    /// <param name="time">The clock.</param>
    /// <param name="stop">The daemon stops.</param>
    public static async Task ServeAsync(Call call, IAttachedStreams streams, bool hasInput, string detachKeys, TimeProvider time, CancellationToken stop)
    {
        await using (streams)
        {
            DetachKeys? keys = hasInput && streams.IsTerminal ? new(detachKeys) : null;
            HijackedConnection connection = await TakeAsync(call).ConfigureAwait(false);
            AttachSession session = new(streams, connection, time) { HasInput = hasInput, Keys = keys };
            try
            {
                await connection.AwaitTakenAsync(time, stop).ConfigureAwait(false);
                await session.RunAsync(stop).ConfigureAwait(false);
            }
            catch (KeelsonException e)
            {
                // HTTP is over on this connection, so the client reads it where errors of the process are.
                await session.ComplainAsync(e.FullMessage).ConfigureAwait(false);
            }
            finally
            {
                await connection.CloseAsync(call.Http).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Takes a connection over and says on it why there are no streams: clients do not read the body of another answer than the one that gives the connection away.</summary>
    /// <param name="call">The request.</param>
    /// <param name="isTerminal">Whether the process has a terminal.</param>
    /// <param name="message">Why.</param>
    /// <param name="time">The clock.</param>
    /// <param name="stop">The daemon stops.</param>
    public static async Task RefuseAsync(Call call, bool isTerminal, string message, TimeProvider time, CancellationToken stop)
    {
        HijackedConnection connection = await TakeAsync(call).ConfigureAwait(false);
        try
        {
            await connection.AwaitTakenAsync(time, stop).ConfigureAwait(false);
            await SayAsync(connection, isTerminal, StandardStream.Output, message).ConfigureAwait(false);
        }
        finally
        {
            await connection.CloseAsync(call.Http).ConfigureAwait(false);
        }
    }

    private Task ComplainAsync(string message) => SayAsync(connection, streams.IsTerminal, StandardStream.Error, message);

    private static async Task SayAsync(HijackedConnection connection, bool isTerminal, StandardStream stream, string message)
    {
        byte[] text = Encoding.UTF8.GetBytes(message + "\r\n"), head = new byte[FrameReader.HeaderBytes];
        FrameReader.WriteHeader(head, (byte)stream, text.Length);
        await connection.WriteAsync(isTerminal ? default : head, text, CancellationToken.None).ConfigureAwait(false);
    }

    private static async Task<HijackedConnection> TakeAsync(Call call)
    {
        HttpContext http = call.Http;
        string upgrade = http.Request.Headers.Upgrade.ToString();
        HijackedConnection connection = await HijackableConnection.TakeAsync(http).ConfigureAwait(false);
        string head = upgrade.Length == 0
            ? "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n"
            : "HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n";
        await connection.WriteAsync(default, Encoding.ASCII.GetBytes(head), CancellationToken.None).ConfigureAwait(false);
        return connection;
    }

    private async Task RunAsync(CancellationToken stop)
    {
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Task output = CopyOutputAsync(end.Token), input = CopyInputAsync(end.Token);
        try
        {
            await Task.WhenAny(output, input).ConfigureAwait(false);
        }
        finally
        {
            await end.CancelAsync().ConfigureAwait(false);
            connection.Input.CancelPendingRead();
        }
        foreach (Task task in (Task[])[output, input])
        {
            try
            {
                await task.ConfigureAwait(false);
            }
            catch (Exception e) when (e is OperationCanceledException or IOException)
            {
                // The client went, or the other direction has ended.
            }
        }
    }

    private async Task CopyOutputAsync(CancellationToken cancel)
    {
        byte[] head = new byte[FrameReader.HeaderBytes];
        while (await streams.ReadAsync(cancel).ConfigureAwait(false) is { } chunk)
        {
            if (!streams.IsTerminal) FrameReader.WriteHeader(head, (byte)chunk.Stream, chunk.Bytes.Length);
            if (!await connection.WriteAsync(streams.IsTerminal ? default : head, chunk.Bytes, cancel).ConfigureAwait(false)) return;
        }
    }

    /// <summary>Ends when the client is gone or has detached, not when it has closed its half.</summary>
    private async Task CopyInputAsync(CancellationToken cancel)
    {
        List<byte> passed = [];
        bool isOpen = HasInput;
        while (true)
        {
            ReadResult result = await connection.Input.ReadAsync(cancel).ConfigureAwait(false);
            if (result.IsCanceled) return;
            foreach (ReadOnlyMemory<byte> part in result.Buffer)
            {
                if (!isOpen || part.IsEmpty) continue;
                passed.Clear();
                bool detached = Keys?.Take(part.Span, passed) ?? false;
                isOpen = await PassAsync(Keys is null ? part : passed.ToArray(), cancel).ConfigureAwait(false);
                if (detached) return;
            }
            connection.Input.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted) break;
        }
        if (HasInput) await CloseAsync(cancel).ConfigureAwait(false);
        await connection.AwaitHangUpAsync(time, cancel).ConfigureAwait(false);
    }

    /// <summary>Ends the input of the process, unless it has ended itself.</summary>
    private async Task CloseAsync(CancellationToken cancel)
    {
        try
        {
            await streams.CloseInputAsync(cancel).ConfigureAwait(false);
        }
        catch (KeelsonException e) when (e.Kind is ErrorKind.FailedPrecondition or ErrorKind.NotFound)
        {
            // Its output still matters.
        }
    }

    /// <summary>Writes to the process.</summary>
    /// <returns><see langword="false"/> when it reads no more; its output still matters.</returns>
    private async Task<bool> PassAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancel)
    {
        try
        {
            await streams.WriteAsync(bytes, cancel).ConfigureAwait(false);
            return true;
        }
        catch (KeelsonException e) when (e.Kind is ErrorKind.FailedPrecondition or ErrorKind.NotFound)
        {
            return false;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
