using Keelson.Docker.Http;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Docker;

/// <summary>A connection to the streams of a process: what is written is its input, what is read its output.</summary>
public sealed class UpgradedConnection : IDisposable
{
    private readonly HttpConnection connection;

    internal UpgradedConnection(HttpConnection connection) => this.connection = connection;

    /// <summary>For poll(2). Look at <see cref="HasBuffered"/> first.</summary>
    public int Fd => connection.Fd;

    /// <summary>Whether bytes are here that poll(2) does not know of.</summary>
    public bool HasBuffered => connection.HasBuffered;

    /// <summary>Reads what is there, after waiting for the first byte.</summary>
    /// <returns>Bytes; 0 at the end.</returns>
    public int Read(Span<byte> buffer) => connection.Read(buffer);

    /// <summary>Writes to the process's input.</summary>
    /// <returns>EPIPE: nobody reads it any more.</returns>
    public Errno TryWrite(ReadOnlySpan<byte> data) => connection.Write(data);

    /// <summary>Writes what there is room for, without waiting.</summary>
    /// <returns>EAGAIN: there is no room; poll(2) tells when there is.</returns>
    public Errno TryWriteSome(ReadOnlySpan<byte> data, out int count) => Sockets.TrySendSome(connection.Fd, data, out count);

    /// <summary>Ends the process's input.</summary>
    public Errno EndInput() => connection.EndOutput();

    /// <summary>Closes the connection; the process goes on.</summary>
    public void Dispose() => connection.Dispose();
}
