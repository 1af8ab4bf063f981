using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Keelson.Hosting.Transport;

/// <summary>A connection: one loop receives and one sends, with a pipe each between them and the protocol.</summary>
/// <remarks>
/// A client that ends its half ends <see cref="DefaultConnectionContext.ConnectionClosed"/> and the input; what is written is still sent. The connection ends when the output
/// was completed and sent, with an orderly close, or when it is aborted, with a reset, so that nobody takes half an answer for a whole one.
/// </remarks>
internal sealed class SocketConnection : DefaultConnectionContext, IConnectionSocketFeature, IMemoryPoolFeature
{
    /// <summary>So much may wait for the protocol; then nothing more is received, and the client waits.</summary>
    private const int InputLimitBytes = 512 << 10;

    /// <summary>So much may wait for the client; then whoever writes waits.</summary>
    private const int OutputLimitBytes = 64 << 10;

    private static long lastId = TimeProvider.System.GetUtcNow().Ticks;

    private readonly Pipe input, output;
    private readonly Lock gate = new();
    private readonly CancellationTokenSource closed = new();
    private readonly List<ArraySegment<byte>> parts = [];
    private readonly Task work;
    private Exception? reason;

    /// <param name="socket">The connection's.</param>
    /// <param name="pool">Where its memory comes from.</param>
    public SocketConnection(Socket socket, MemoryPool<byte> pool) : base(Interlocked.Increment(ref lastId).ToString("X", CultureInfo.InvariantCulture))
    {
        (Socket, MemoryPool) = (socket, pool);
        socket.Blocking = false;
        (LocalEndPoint, RemoteEndPoint) = (socket.LocalEndPoint, socket.RemoteEndPoint);
        ConnectionClosed = closed.Token;
        // On the pool, so that a piece is received while the one before is worked on; sending within the writer's call is slower for large answers, too.
        input = new(new(pool, pauseWriterThreshold: InputLimitBytes, resumeWriterThreshold: InputLimitBytes / 2, useSynchronizationContext: false));
        output = new(new(pool, pauseWriterThreshold: OutputLimitBytes, resumeWriterThreshold: OutputLimitBytes / 2, useSynchronizationContext: false));
        Transport = new Side(input.Reader, output.Writer);
        Features.Set<IConnectionSocketFeature>(this);
        Features.Set<IMemoryPoolFeature>(this);
        work = Task.WhenAll(ReceiveAsync(), SendAsync());
    }

    public Socket Socket { get; }

    public MemoryPool<byte> MemoryPool { get; }

    /// <inheritdoc/>
    public override void Abort(ConnectionAbortedException abortReason)
    {
        Close(abortReason);
        output.Reader.CancelPendingRead();
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await input.Reader.CompleteAsync().ConfigureAwait(false);
        await output.Writer.CompleteAsync().ConfigureAwait(false);
        await work.ConfigureAwait(false);
        closed.Dispose();
        await base.DisposeAsync().ConfigureAwait(false);
    }

    private async Task ReceiveAsync()
    {
        Exception? problem = new ConnectionAbortedException("the connection broke off");
        try
        {
            await FillAsync().ConfigureAwait(false);
            problem = null;
        }
        catch (SocketException e)
        {
            problem = new ConnectionResetException(e.Message, e);
        }
        catch (ObjectDisposedException)
        {
            // It was closed here, which has a reason.
        }
        finally
        {
            await input.Writer.CompleteAsync(Reason ?? problem).ConfigureAwait(false);
            // What waits for this may end the connection, and that waits for this loop: it is told elsewhere.
            await closed.CancelAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Receives until the client ends its half or the protocol wants no more.</summary>
    private async Task FillAsync()
    {
        byte[] one = new byte[1];
        while (true)
        {
            // A connection on which nothing comes holds no memory.
            await Socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None).ConfigureAwait(false);
            int there = Socket.Available;
            if (there == 0)
            {
                // The end, or it was woken for what it has received already.
                there = Socket.Receive(one, 0, 1, SocketFlags.Peek, out SocketError error);
                if (error == SocketError.WouldBlock) continue;
                if (error != SocketError.Success) throw new SocketException((int)error);
                if (there == 0) return;
            }
            // In the block before when half of one is left there: a client that sends little at a time does not get a block for each time.
            int block = there > BlockPool.SmallBytes ? BlockPool.LargeBytes : BlockPool.SmallBytes;
            int count = await Socket.ReceiveAsync(input.Writer.GetMemory(block / 2), SocketFlags.None).ConfigureAwait(false);
            if (count == 0) return;
            input.Writer.Advance(count);
            FlushResult flushed = await input.Writer.FlushAsync().ConfigureAwait(false);
            if (flushed.IsCompleted || flushed.IsCanceled) return;
        }
    }

    private async Task SendAsync()
    {
        Exception? problem = null;
        try
        {
            while (true)
            {
                ReadResult read = await output.Reader.ReadAsync().ConfigureAwait(false);
                if (read.IsCanceled) break;
                if (!read.Buffer.IsEmpty) await SendAsync(read.Buffer).ConfigureAwait(false);
                output.Reader.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted) break;
            }
        }
        catch (SocketException e)
        {
            problem = new ConnectionResetException(e.Message, e);
        }
        catch (ObjectDisposedException)
        {
            // It was closed here.
        }
        finally
        {
            Close(problem);
            await output.Reader.CompleteAsync().ConfigureAwait(false);
            // It may be waiting for the protocol to take something.
            input.Writer.CancelPendingFlush();
        }
    }

    private async ValueTask SendAsync(ReadOnlySequence<byte> bytes)
    {
        if (bytes.IsSingleSegment)
        {
            await Socket.SendAsync(bytes.First, SocketFlags.None).ConfigureAwait(false);
            return;
        }
        foreach (ReadOnlyMemory<byte> part in bytes)
            parts.Add(MemoryMarshal.TryGetArray(part, out ArraySegment<byte> segment) ? segment : new(part.ToArray()));
        await Socket.SendAsync(parts, SocketFlags.None).ConfigureAwait(false);
        parts.Clear();
    }

    private Exception? Reason
    {
        get
        {
            lock (gate) return reason;
        }
    }

    /// <summary>Closes the socket, unless it is.</summary>
    /// <param name="why">What went wrong; <see langword="null"/>: nothing, all was sent.</param>
    private void Close(Exception? why)
    {
        lock (gate)
        {
            if (reason is not null) return;
            reason = why ?? new ConnectionAbortedException("the connection was ended by this side");
        }
        if (why is not null)
        {
            Socket.Close(timeout: 0);
            return;
        }
        try
        {
            Socket.Shutdown(SocketShutdown.Both);
        }
        catch (SocketException)
        {
            // The client was faster.
        }
        Socket.Dispose();
    }

    private sealed record Side(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
