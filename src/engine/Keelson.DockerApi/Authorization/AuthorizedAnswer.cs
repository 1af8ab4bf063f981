using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Keelson.DockerApi.Authorization;

/// <summary>Holds an answer back until it is allowed out.</summary>
/// <remarks>
/// An answer that fits is shown whole. One that is a stream, or too long, is decided on by its status and headers, before its first byte leaves. Stands in place of the
/// body as long as it lives.
/// </remarks>
internal sealed class AuthorizedAnswer : IHttpResponseBodyFeature, IAsyncDisposable
{
    private readonly HttpContext http;
    private readonly IHttpResponseBodyFeature inner;
    private readonly Func<byte[]?, Task> decide;
    private readonly MemoryStream held = new();
    private PipeWriter? writer;

    /// <param name="http">The request.</param>
    /// <param name="decide">Is given the body, or nothing for one that is not shown, and throws when the answer may not go.</param>
    public AuthorizedAnswer(HttpContext http, Func<byte[]?, Task> decide)
    {
        (this.http, this.decide) = (http, decide);
        inner = http.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        Stream = new HeldStream(this);
        http.Features.Set<IHttpResponseBodyFeature>(this);
        http.Features.Set(this);
    }

    /// <summary>Whether it was asked about: it goes, or an error goes in its place.</summary>
    public bool IsDecided { get; private set; }

    /// <inheritdoc/>
    public Stream Stream { get; }

    /// <inheritdoc/>
    public PipeWriter Writer => writer ??= PipeWriter.Create(Stream, new(leaveOpen: true));

    /// <summary>Forgets what was written so far.</summary>
    public void Forget() => held.SetLength(0);

    /// <summary>Lets an answer out whose body is not shown.</summary>
    /// <exception cref="Http.ApiException">403: it may not go.</exception>
    public async Task PassAsync()
    {
        if (IsDecided) return;
        IsDecided = true;
        await decide(null).ConfigureAwait(false);
        await SendAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void DisableBuffering() => inner.DisableBuffering();

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        await PassAsync().ConfigureAwait(false);
        await inner.StartAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) => SendFileFallback.SendFileAsync(Stream, path, offset, count, cancellationToken);

    /// <summary>Lets the whole answer out.</summary>
    /// <exception cref="Http.ApiException">403: it may not go.</exception>
    public async Task CompleteAsync()
    {
        if (writer is not null) await writer.FlushAsync().ConfigureAwait(false);
        if (IsDecided) return;
        IsDecided = true;
        await decide(held.ToArray()).ConfigureAwait(false);
        await SendAsync().ConfigureAwait(false);
    }

    /// <summary>Gives the body back.</summary>
    public ValueTask DisposeAsync()
    {
        http.Features.Set(inner);
        http.Features.Set<AuthorizedAnswer>(null);
        held.Dispose();
        return ValueTask.CompletedTask;
    }

    private async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancel)
    {
        if (!IsDecided && held.Length + bytes.Length <= AuthorizationPlugins.BodyLimitBytes)
        {
            held.Write(bytes.Span);
            return;
        }
        await PassAsync().ConfigureAwait(false);
        await inner.Stream.WriteAsync(bytes, cancel).ConfigureAwait(false);
    }

    private async Task SendAsync()
    {
        // Some statuses have no body, and not even an empty one is taken.
        if (held.Length > 0) await inner.Stream.WriteAsync(held.GetBuffer().AsMemory(0, (int)held.Length), CancellationToken.None).ConfigureAwait(false);
        held.SetLength(0);
    }

    private sealed class HeldStream(AuthorizedAnswer answer) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => answer.WriteAsync(buffer, cancellationToken);

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => answer.WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        /// <summary>Who sends what is there wants it to be seen: it is a stream.</summary>
        public override async Task FlushAsync(CancellationToken cancellationToken)
        {
            await answer.PassAsync().ConfigureAwait(false);
            await answer.inner.Stream.FlushAsync(cancellationToken).ConfigureAwait(false);
        }

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush() => throw new NotSupportedException();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
