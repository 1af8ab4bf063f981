using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Logging;

namespace Keelson.Hosting.Tls;

/// <summary>Speaks TLS on a connection, and is what its requests learn of it. Kestrel's own wants a dependency injection that this server does not have.</summary>
internal sealed class TlsConnection : ITlsConnectionFeature, ITlsApplicationProtocolFeature, IDuplexPipe
{
    /// <summary>How long the handshake may take: Kestrel's default.</summary>
    private static readonly TimeSpan HandshakeLimit = TimeSpan.FromSeconds(10);

    private TlsConnection(SslStream stream)
    {
        ClientCertificate = stream.RemoteCertificate switch { null => null, X509Certificate2 certificate => certificate, { } other => X509CertificateLoader.LoadCertificate(other.GetRawCertData()) };
        ApplicationProtocol = stream.NegotiatedApplicationProtocol.Protocol;
        Input = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: 16 << 10, leaveOpen: true));
        Output = PipeWriter.Create(stream, new StreamPipeWriterOptions(leaveOpen: true));
    }

    public X509Certificate2? ClientCertificate { get; set; }

    public ReadOnlyMemory<byte> ApplicationProtocol { get; }

    public PipeReader Input { get; }

    public PipeWriter Output { get; }

    public Task<X509Certificate2?> GetClientCertificateAsync(CancellationToken cancellationToken) => Task.FromResult(ClientCertificate);

    /// <summary>Makes what stands between sockets and HTTP.</summary>
    public static Func<ConnectionDelegate, ConnectionDelegate> Around(ServerTls tls, HttpProtocols protocols, ILogger logger) => next => connection => RunAsync(connection, next, tls, protocols, logger);

    private static async Task RunAsync(ConnectionContext connection, ConnectionDelegate next, ServerTls tls, HttpProtocols protocols, ILogger logger)
    {
        IDuplexPipe transport = connection.Transport;
        await using SslStream stream = new(new DuplexStream(transport), leaveInnerStreamOpen: true);
        using (CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(connection.ConnectionClosed))
        {
            limit.CancelAfter(HandshakeLimit);
            try
            {
                (bool isChallenge, string? name) = tls.Challenge is null ? default : await LookAsync(transport.Input, limit.Token).ConfigureAwait(false);
                if (isChallenge)
                {
                    await stream.AuthenticateAsServerAsync(tls.ForChallenge(name), limit.Token).ConfigureAwait(false);
                    await stream.ShutdownAsync().ConfigureAwait(false);
                    return;
                }
                List<SslApplicationProtocol> spoken = [];
                if (protocols.HasFlag(HttpProtocols.Http2)) spoken.Add(SslApplicationProtocol.Http2);
                if (protocols.HasFlag(HttpProtocols.Http1)) spoken.Add(SslApplicationProtocol.Http11);
                await stream.AuthenticateAsServerAsync((_, hello, _, _) => new(tls.For(hello, spoken)), null, limit.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (e is AuthenticationException or IOException or OperationCanceledException or InvalidOperationException)
            {
                // Strangers try all kinds of things.
                if (logger.IsEnabled(LogLevel.Debug)) logger.HandshakeFailed(connection.RemoteEndPoint, e.GetBaseException().Message);
                return;
            }
        }
        await ServeAsync(connection, next, stream).ConfigureAwait(false);
    }

    private static async Task ServeAsync(ConnectionContext connection, ConnectionDelegate next, SslStream stream)
    {
        IDuplexPipe transport = connection.Transport;
        TlsConnection made = new(stream);
        connection.Features.Set<ITlsConnectionFeature>(made);
        connection.Features.Set<ITlsApplicationProtocolFeature>(made);
        try
        {
            connection.Transport = made;
            await next(connection).ConfigureAwait(false);
            // What was answered must go before the connection does.
            await made.Output.CompleteAsync().ConfigureAwait(false);
            await made.Input.CompleteAsync().ConfigureAwait(false);
            await stream.ShutdownAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or InvalidOperationException or ObjectDisposedException or ConnectionAbortedException)
        {
            // The client has gone.
        }
        finally
        {
            connection.Transport = transport;
            made.ClientCertificate?.Dispose();
        }
    }

    /// <summary>Looks whether a client asks who holds a name. Nothing is taken: the handshake reads it from its first byte on.</summary>
    private static async Task<(bool IsChallenge, string? Name)> LookAsync(PipeReader input, CancellationToken stop)
    {
        while (true)
        {
            ReadResult read = await input.ReadAsync(stop).ConfigureAwait(false);
            ClientHello.Look look = ClientHello.See(read.Buffer, out string? name);
            bool needsMore = look == ClientHello.Look.More && !read.IsCompleted && !read.IsCanceled;
            input.AdvanceTo(read.Buffer.Start, needsMore ? read.Buffer.End : read.Buffer.Start);
            if (!needsMore) return (look == ClientHello.Look.Challenge, name);
        }
    }
}
