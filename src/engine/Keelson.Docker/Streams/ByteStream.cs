using Keelson.Docker.Http;

namespace Keelson.Docker;

/// <summary>The body of an answer that is read as it comes, with its connection, which nobody else uses.</summary>
public sealed class ByteStream : ReadOnlyStream
{
    private readonly HttpConnection connection;
    private readonly HttpResponse response;

    internal ByteStream(HttpConnection connection, HttpResponse response)
    {
        this.connection = connection;
        this.response = response;
    }

    /// <summary>For poll(2). Look at <see cref="HasBuffered"/> first.</summary>
    public int Fd => connection.Fd;

    /// <summary>Whether bytes are here that poll(2) does not know of.</summary>
    public bool HasBuffered => connection.HasBuffered;

    /// <summary>A header of the answer, or <see langword="null"/>.</summary>
    public string? Header(string name) => response.Header(name);

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer) => response.Body.Read(buffer);

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Read(buffer.Span));

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) connection.Dispose();
        base.Dispose(disposing);
    }
}
