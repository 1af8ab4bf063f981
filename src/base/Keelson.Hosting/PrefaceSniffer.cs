using System.Buffers;
using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Keelson.Hosting;

/// <summary>Lets HTTP/2 with prior knowledge and HTTP/1.1 share a socket without TLS: a connection that begins with HTTP/2's preface is HTTP/2. RFC 9113 section 3.3.</summary>
/// <remarks>Kestrel takes the protocol from TLS' negotiation, so a connection with the preface tells it of one that chose <c>h2</c>.</remarks>
internal sealed class PrefaceSniffer : ITlsConnectionFeature, ITlsApplicationProtocolFeature
{
    /// <summary>Enough of "PRI * HTTP/2.0" to tell it from any method.</summary>
    private static readonly byte[] Preface = "PRI * HTTP/2"u8.ToArray();

    /// <summary>How long a connection may say nothing: as Kestrel has it for connections that are kept.</summary>
    private static readonly TimeSpan SilenceLimit = TimeSpan.FromSeconds(130);

    private static readonly PrefaceSniffer Negotiated = new();

    public X509Certificate2? ClientCertificate { get => null; set => throw new NotSupportedException(); }

    public ReadOnlyMemory<byte> ApplicationProtocol { get; } = SslApplicationProtocol.Http2.Protocol;

    public Task<X509Certificate2?> GetClientCertificateAsync(CancellationToken cancellationToken) => Task.FromResult<X509Certificate2?>(null);

    /// <summary>Looks at the first bytes of each connection.</summary>
    public static ConnectionDelegate Around(ConnectionDelegate next) => async connection =>
    {
        PipeReader input = connection.Transport.Input;
        // A server that stops does not wait for those who have nothing to say.
        CancellationToken stops = connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? CancellationToken.None;
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(stops);
        limit.CancelAfter(SilenceLimit);
        while (true)
        {
            ReadResult read;
            try
            {
                read = await input.ReadAsync(limit.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            ReadOnlySequence<byte> start = read.Buffer.Slice(0, Math.Min(read.Buffer.Length, Preface.Length));
            byte[] bytes = start.ToArray();
            bool mayBe = Preface.AsSpan().StartsWith(bytes), isWhole = bytes.Length == Preface.Length;
            // Nothing is taken: what comes behind reads it from its first byte on.
            if (mayBe && !isWhole && !read.IsCompleted)
            {
                input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                continue;
            }
            input.AdvanceTo(read.Buffer.Start);
            if (mayBe && isWhole)
            {
                connection.Features.Set<ITlsConnectionFeature>(Negotiated);
                connection.Features.Set<ITlsApplicationProtocolFeature>(Negotiated);
            }
            break;
        }
        await next(connection).ConfigureAwait(false);
    };
}
