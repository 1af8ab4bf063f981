using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using Keelson.Oci;

namespace Keelson.Distribution;

/// <summary>A blob, or a range of it, on its way from a registry. It can be read asynchronously and not otherwise.</summary>
/// <remarks>A connection that breaks or stalls is opened again at the next byte, a bounded number of times without progress in between.</remarks>
public sealed class BlobStream : ReadOnlyStream
{
    /// <summary>Bytes that count as progress, after which failures are counted anew: 1 MiB.</summary>
    private const long Progress = 1 << 20;

    private readonly RegistryTransport transport;
    private readonly RegistryHost host;
    private readonly RepositoryName repository;
    private readonly Digest digest;
    private readonly string operation;
    private readonly long start;
    private HttpResponseMessage? answer;
    private Stream? body;
    private long size, end, position, lastFailureAt, toSkip;
    private int failures;
    private bool isBodyBounded;
    private StallGuard? guard;

    /// <param name="transport">Sends.</param>
    /// <param name="host">To whom.</param>
    /// <param name="repository">Where the blob is.</param>
    /// <param name="digest">Which.</param>
    /// <param name="size">Its size; <see langword="null"/>: the registry says it, and all from <paramref name="start"/> on is wanted.</param>
    /// <param name="start">The first byte wanted.</param>
    /// <param name="end">The one behind the last.</param>
    /// <param name="operation">For messages.</param>
    internal BlobStream(RegistryTransport transport, RegistryHost host, RepositoryName repository, Digest digest, long? size, long start, long end, string operation)
    {
        (this.transport, this.host, this.repository, this.digest, this.operation) = (transport, host, repository, digest, operation);
        (this.size, this.start, this.end, position, lastFailureAt) = (size ?? -1, start, size is null ? long.MaxValue : end, start, start);
    }

    /// <summary>Bytes of the whole blob.</summary>
    public long Size => size;

    /// <summary>Whether the registry serves ranges; known once one was asked for.</summary>
    public bool? ServesRanges { get; private set; }

    /// <summary>Bytes of the range.</summary>
    public override long Length => end - start;

    /// <summary>Bytes of the range that have been read.</summary>
    public override long Position { get => position - start; set => throw new NotSupportedException(); }

    internal async Task OpenAsync(CancellationToken cancellation)
    {
        if (position == end) return;
        Uri url = host.Resource($"{repository.Path}/blobs/{digest}", repository.Registry);
        bool isRange = position > 0 || end < size;
        answer = await transport.SendAsync(host, operation, () =>
        {
            HttpRequestMessage request = new(HttpMethod.Get, url);
            if (isRange) request.Headers.Range = new RangeHeaderValue(position, size < 0 ? null : end - 1);
            return request;
        }, transport.Authorizer(host), AuthScope.Pull(repository), cancellation).ConfigureAwait(false);
        if (isRange) ServesRanges = answer.StatusCode == HttpStatusCode.PartialContent;
        if (answer.StatusCode is not (HttpStatusCode.OK or HttpStatusCode.PartialContent))
            throw await RegistryErrors.ReadAsync(transport, answer, operation, cancellation).ConfigureAwait(false);
        if (size < 0) LearnSize(answer);
        toSkip = CheckLength(answer, isRange);
        body = await answer.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>Takes the size that the first answer tells.</summary>
    private void LearnSize(HttpResponseMessage answer)
    {
        HttpContentHeaders headers = answer.Content.Headers;
        long told = (answer.StatusCode == HttpStatusCode.PartialContent ? headers.ContentRange?.Length : headers.ContentLength) ?? throw Wrong("the registry does not say how long it is");
        if (told < position) throw Wrong($"the registry has {told} bytes, and {position} are there");
        size = end = told;
    }

    /// <summary>Compares what the headers promise with what is wanted, and returns the bytes that come before the range.</summary>
    private long CheckLength(HttpResponseMessage answer, bool isRange)
    {
        HttpContentHeaders headers = answer.Content.Headers;
        if (headers.ContentEncoding.Count > 0) throw Wrong($"the registry sent it with the encoding {string.Join(", ", headers.ContentEncoding.Select(RegistryErrors.Clean))}");
        isBodyBounded = headers.ContentLength is not null;
        if (answer.StatusCode == HttpStatusCode.PartialContent)
        {
            if (!isRange || headers.ContentRange is not { } range || range.From != position || range.To != end - 1 || range.Length is { } whole && whole != size)
                throw Wrong("the registry sent another range than was asked for");
            if (headers.ContentLength is { } part && part != end - position) throw Wrong($"the registry sent {part} bytes, not {end - position}");
            return 0;
        }
        if (headers.ContentLength is { } length && length != size) throw Wrong($"the registry has {length} bytes, not {size}");
        return position;
    }

    /// <inheritdoc/>
    /// <exception cref="RegistryException">Unavailable: the connection broke off too often. DataLoss: the registry sent more or less than it should.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.Length == 0) return 0;
        while (position < end)
        {
            Exception failure;
            try
            {
                if (body is null) await OpenAsync(cancellationToken).ConfigureAwait(false);
                if (toSkip > 0) await SkipAsync(cancellationToken).ConfigureAwait(false);
                int read = await ReadOnceAsync(buffer[..(int)Math.Min(buffer.Length, end - position)], cancellationToken).ConfigureAwait(false);
                position += read;
                if (read > 0 && position == end) await CheckEndAsync(cancellationToken).ConfigureAwait(false);
                if (read > 0) return read;
                failure = new HttpIOException(HttpRequestError.ResponseEnded, "the body ended early");
            }
            catch (Exception e) when (e is IOException or HttpRequestException)
            {
                failure = e;
            }
            await FailedAsync(failure, cancellationToken).ConfigureAwait(false);
        }
        return 0;
    }

    private async ValueTask<int> ReadOnceAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        if (guard is null || !guard.IsFor(cancellation))
        {
            guard?.Dispose();
            guard = new StallGuard(transport.Options, cancellation);
        }
        StallGuard present = guard;
        present.Touch();
        try
        {
            int read = await body!.ReadAsync(buffer, present.Token).ConfigureAwait(false);
            // The time that the reader takes between two reads does not count.
            present.Pause();
            return read;
        }
        catch (OperationCanceledException) when (present.IsStalled)
        {
            throw new HttpIOException(HttpRequestError.ConnectionError, $"nothing came for {transport.Options.StallTimeout.TotalSeconds:0.###} s");
        }
    }

    /// <summary>Reads over what a registry that does not serve ranges sends first.</summary>
    private async Task SkipAsync(CancellationToken cancellation)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(64 << 10);
        try
        {
            while (toSkip > 0)
            {
                int read = await ReadOnceAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, toSkip)), cancellation).ConfigureAwait(false);
                if (read == 0) throw new HttpIOException(HttpRequestError.ResponseEnded, "the body ended early");
                toSkip -= read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>A body without a length must end where the blob ends.</summary>
    private async Task CheckEndAsync(CancellationToken cancellation)
    {
        if (isBodyBounded || end < size || body is null) return;
        byte[] one = new byte[1];
        if (await ReadOnceAsync(one, cancellation).ConfigureAwait(false) > 0) throw Wrong($"the registry sent more than {size} bytes");
    }

    private async Task FailedAsync(Exception failure, CancellationToken cancellation)
    {
        Drop();
        if (position - lastFailureAt >= Progress) failures = 0;
        lastFailureAt = position;
        failures++;
        if (failures >= transport.Retry.Attempts || !RetryPolicy.IsTransient(failure)) throw RegistryErrors.Connection(failure, host, operation);
        TimeSpan delay = transport.Retry.Delay(failures, null)!.Value;
        transport.Options.Warn?.Invoke($"{operation}: {RegistryErrors.Cause(failure)} at byte {position}; next try in {delay.TotalMilliseconds:0} ms");
        await transport.Retry.WaitAsync(delay, cancellation).ConfigureAwait(false);
    }

    private RegistryException Wrong(string problem) => new(ErrorKind.DataLoss, $"{operation}: {problem}", (int?)answer?.StatusCode ?? 0);

    private void Drop()
    {
        body?.Dispose();
        answer?.Dispose();
        (body, answer) = (null, null);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Drop();
            guard?.Dispose();
        }
        base.Dispose(disposing);
    }
}
