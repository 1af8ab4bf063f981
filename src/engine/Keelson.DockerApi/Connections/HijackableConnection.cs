using System.IO.Pipelines;
using System.Net;
using Keelson.DockerApi.Audit;
using Keelson.DockerApi.Authorization;
using Keelson.DockerApi.Http;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Keelson.DockerApi.Connections;

/// <summary>A connection that an operation can take over from HTTP, with each direction ending on its own.</summary>
/// <remarks>
/// Docker's clients close their half of the connection at the end of their standard input and go on reading. The server in front of us takes that for the end of
/// all and aborts the connection, so it gets this object in place of the real one: until the connection is taken over, everything passes through; from then
/// on the server hears nothing more of it, and its wish to abort is not heard either.
/// </remarks>
internal sealed class HijackableConnection : ConnectionContext
{
    private readonly ConnectionContext inner;
    private readonly CancellationTokenSource closed = new();
    private readonly CancellationTokenRegistration forward;
    private volatile bool isHijacked;

    private HijackableConnection(ConnectionContext inner)
    {
        this.inner = inner;
        forward = inner.ConnectionClosed.Register(() =>
        {
            if (!isHijacked) closed.Cancel();
        });
    }

    /// <summary>Serves a connection with this object around it.</summary>
    public static async Task ServeAsync(ConnectionContext inner, ConnectionDelegate next)
    {
        await using HijackableConnection connection = new(inner);
        inner.Features.Set(connection);
        await next(connection).ConfigureAwait(false);
    }

    /// <summary>Takes the connection of a request over. The request's body must have been read; nothing may be written through HTTP any more.</summary>
    /// <exception cref="ApiException">500: the connection is not one of these. 403: a plug-in does not allow it.</exception>
    public static async Task<HijackedConnection> TakeAsync(HttpContext http)
    {
        if (http.Features.Get<AuthorizedAnswer>() is { } answer) await answer.PassAsync().ConfigureAwait(false);
        HijackableConnection taken = http.Features.Get<HijackableConnection>() ?? throw new ApiException(500, "this connection cannot be taken over");
        taken.isHijacked = true;
        (http.Features.Get<AuditNote>() ?? AuditNote.Of(http)).IsTakenOver = true;
        return new(taken.inner.Transport, taken.inner.Features.Get<IConnectionSocketFeature>()?.Socket);
    }

    /// <inheritdoc/>
    public override string ConnectionId { get => inner.ConnectionId; set => inner.ConnectionId = value; }

    /// <inheritdoc/>
    public override IFeatureCollection Features => inner.Features;

    /// <inheritdoc/>
    public override IDictionary<object, object?> Items { get => inner.Items; set => inner.Items = value; }

    /// <inheritdoc/>
    public override IDuplexPipe Transport { get => inner.Transport; set => inner.Transport = value; }

    /// <inheritdoc/>
    public override CancellationToken ConnectionClosed { get => closed.Token; set => throw new NotSupportedException(); }

    /// <inheritdoc/>
    public override EndPoint? LocalEndPoint { get => inner.LocalEndPoint; set => inner.LocalEndPoint = value; }

    /// <inheritdoc/>
    public override EndPoint? RemoteEndPoint { get => inner.RemoteEndPoint; set => inner.RemoteEndPoint = value; }

    /// <inheritdoc/>
    public override void Abort(ConnectionAbortedException abortReason)
    {
        if (!isHijacked) inner.Abort(abortReason);
    }

    /// <inheritdoc/>
    public override void Abort()
    {
        if (!isHijacked) inner.Abort();
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await forward.DisposeAsync().ConfigureAwait(false);
        closed.Dispose();
        await base.DisposeAsync().ConfigureAwait(false);
    }
}
