using System.Globalization;
using System.Text;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Docker.Http;

/// <summary>HTTP/1.1 on one connection, blocking, one request after another. RFC 9112.</summary>
/// <remarks>A command line makes one to four requests and ends. docs/cli.md "Start-up" says what HttpClient would cost it.</remarks>
internal sealed class HttpConnection : IDisposable
{
    private const int MostHeaderBytes = 64 << 10, MostHeaders = 100, SourceChunkBytes = 64 << 10;
    private readonly FdHandle socket;
    private readonly byte[] buffer = new byte[16 << 10];
    private int start, end;

    public HttpConnection(FdHandle socket) => this.socket = socket;

    /// <summary>For poll(2).</summary>
    public int Fd => socket.Fd;

    public bool HasBuffered => start < end;

    /// <summary>Whether it cannot take another request.</summary>
    public bool IsBroken { get; set; }

    /// <summary>Sends a request and reads the head of its answer.</summary>
    public HttpResponse Exchange(HttpRequest request)
    {
        Send(request);
        return ReadHead(request);
    }

    /// <summary>Sends a request with its body. When the engine answers before it has read all of it, the rest is not sent.</summary>
    public void Send(HttpRequest request)
    {
        StringBuilder head = new(256);
        head.Append(request.Method).Append(' ').Append(request.Target).Append(" HTTP/1.1\r\nHost: docker\r\nUser-Agent: keelson\r\n");
        if (request.IsUpgrade) head.Append("Connection: Upgrade\r\nUpgrade: tcp\r\n");
        if (request.ContentType is { } type) head.Append("Content-Type: ").Append(type).Append("\r\n");
        if (request.Source is not null) head.Append("Transfer-Encoding: chunked\r\n");
        else if (request.Body.Length > 0 || request.Method is "POST" or "PUT") head.Append(CultureInfo.InvariantCulture, $"Content-Length: {request.Body.Length}\r\n");
        foreach ((string name, string value) in request.Headers)
        {
            if (value.AsSpan().ContainsAny('\r', '\n')) throw new KeelsonException(ErrorKind.InvalidArgument, $"send header {name}: it has a line break");
            head.Append(name).Append(": ").Append(value).Append("\r\n");
        }
        byte[] bytes = new byte[Encoding.UTF8.GetByteCount(head.Append("\r\n").ToString()) + request.Body.Length];
        int length = Encoding.UTF8.GetBytes(head.ToString(), bytes);
        request.Body.Span.CopyTo(bytes.AsSpan(length));
        Write(bytes).ThrowIfError("write to the engine");
        if (request.Source is not null) SendChunks(request.Source);
    }

    private void SendChunks(Stream source)
    {
        byte[] chunk = new byte[SourceChunkBytes + 16];
        int count;
        while ((count = source.Read(chunk, 10, SourceChunkBytes)) > 0)
        {
            Encoding.ASCII.GetBytes(count.ToString("x8", CultureInfo.InvariantCulture) + "\r\n", chunk);
            "\r\n"u8.CopyTo(chunk.AsSpan(10 + count));
            // The engine has closed its side: what it has to say is in its answer.
            if (Write(chunk.AsSpan(0, count + 12)) is var errno and not Errno.None) { Ended(errno); return; }
        }
        if (Write("0\r\n\r\n"u8) is var last and not Errno.None) Ended(last);
    }

    private void Ended(Errno errno)
    {
        if (errno is not (Errno.EPIPE or Errno.ECONNRESET)) errno.ThrowIfError("write to the engine");
        IsBroken = true;
    }

    /// <summary>Writes bytes of a connection that was upgraded. A signal's handler must not end the program: SIGPIPE is not sent.</summary>
    public Errno Write(ReadOnlySpan<byte> data) => Sockets.TrySendAll(socket.Fd, data);

    /// <summary>Ends what goes out.</summary>
    public Errno EndOutput() => Sockets.TryEndOutput(socket.Fd);

    /// <summary>Reads the head of the answer to a request that was sent.</summary>
    public HttpResponse ReadHead(HttpRequest request)
    {
        while (true)
        {
            string line = ReadLine();
            // "HTTP/1.1 200 OK"
            if (line.Length < 12 || !line.StartsWith("HTTP/1.", StringComparison.Ordinal) || !int.TryParse(line.AsSpan(9, 3), NumberStyles.None, null, out int status))
                throw new KeelsonException(ErrorKind.Unavailable, "read the engine's answer: it is not HTTP");
            List<(string, string)> headers = [];
            while (ReadLine() is { Length: > 0 } header)
            {
                int colon = header.IndexOf(':', StringComparison.Ordinal);
                if (colon <= 0 || headers.Count == MostHeaders) throw new KeelsonException(ErrorKind.Unavailable, "read the engine's answer: its headers are malformed");
                headers.Add((header[..colon], header[(colon + 1)..].Trim()));
            }
            if (status is 100 or (>= 102 and < 200)) continue;
            return new(status, headers, BodyOf(request, status, headers));
        }
    }

    private HttpBody BodyOf(HttpRequest request, int status, List<(string Name, string Value)> headers)
    {
        long length = -1;
        bool isChunked = false;
        foreach ((string name, string value) in headers)
        {
            if (name.Equals("Transfer-Encoding", StringComparison.OrdinalIgnoreCase)) isChunked = value.EndsWith("chunked", StringComparison.OrdinalIgnoreCase);
            else if (name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase) && long.TryParse(value, NumberStyles.None, null, out long bytes)) length = bytes;
            else if (name.Equals("Connection", StringComparison.OrdinalIgnoreCase) && value.Equals("close", StringComparison.OrdinalIgnoreCase)) IsBroken = true;
        }
        if (request.Method == "HEAD" || status is 204 or 304) return new(this, 0, isChunked: false);
        if (status == 101 || request.IsUpgrade && status == 200) { IsBroken = true; return new(this, -1, isChunked: false); }
        return new(this, length, isChunked);
    }

    /// <summary>Reads what is there, after waiting for the first byte.</summary>
    /// <returns>Bytes; 0 at the end.</returns>
    public int Read(Span<byte> target)
    {
        if (start == end && target.Length >= buffer.Length) return Receive(target);
        if (start == end && !Fill()) return 0;
        int count = Math.Min(target.Length, end - start);
        buffer.AsSpan(start, count).CopyTo(target);
        start += count;
        return count;
    }

    /// <summary>Reads a line without its end.</summary>
    public string ReadLine()
    {
        StringBuilder? before = null;
        while (true)
        {
            int index = buffer.AsSpan(start, end - start).IndexOf((byte)'\n');
            if (index >= 0)
            {
                int length = index > 0 && buffer[start + index - 1] == '\r' ? index - 1 : index;
                string line = Encoding.UTF8.GetString(buffer, start, length);
                start += index + 1;
                return before is null ? line : before.Append(line).ToString().TrimEnd('\r');
            }
            (before ??= new()).Append(Encoding.UTF8.GetString(buffer, start, end - start));
            start = end = 0;
            if (before.Length > MostHeaderBytes) throw new KeelsonException(ErrorKind.Unavailable, "read the engine's answer: a line of it has no end");
            if (!Fill()) throw new KeelsonException(ErrorKind.Unavailable, "read the engine's answer: the engine has closed the connection");
        }
    }

    private bool Fill()
    {
        start = 0;
        end = Receive(buffer);
        return end > 0;
    }

    private int Receive(Span<byte> target)
    {
        Errno errno = Files.TryRead(socket.Fd, target, out int count);
        if (errno == Errno.ECONNRESET) return 0;
        errno.ThrowIfError("read from the engine");
        return count;
    }

    public void Dispose() => socket.Dispose();
}
