using Grpc.Core;
using Grpc.Health.V1;
using Keelson.Hosting.Grpc;
using Keelson.Notary.Keys;
using Keelson.Notary.Protocol;
using Microsoft.Extensions.Logging;

namespace Keelson.Notary.Signer;

/// <summary>Offers keys over gRPC as notary-signer does, so that a notary-server of notary 0.7 or ours signs with them.</summary>
/// <remarks>Whoever reaches it may sign: serve it with TLS that demands and verifies a client's certificate (<see cref="Hosting.Tls.ClientCertificateMode.RequireAndVerify"/>).</remarks>
public static class SignerServer
{
    /// <summary>Longest content that is signed: metadata is at most 100 MiB, and a message is a little more.</summary>
    internal const int MessageLimitBytes = (100 << 20) + (64 << 10);

    /// <summary>Makes the server.</summary>
    /// <param name="keys">The keys; the caller's.</param>
    /// <param name="logger">Hears of faults; never of keys or of what is signed.</param>
    /// <returns>Answers requests: <c>sockets.Listen(fd, HttpProtocols.Http2, server.HandleAsync, tls: …)</c>.</returns>
    public static GrpcServer Make(IKeyService keys, ILogger logger)
    {
        ArgumentNullException.ThrowIfNull(keys);
        return new GrpcServer(new() { ReceiveLimitBytes = MessageLimitBytes, Translate = Translate }, logger)
            .Add("proto.KeyManagement", binder => KeyManagement.BindService(binder, new KeyManagementService(keys)))
            .Add("proto.Signer", binder => Protocol.Signer.BindService(binder, new SignerService(keys)))
            .Add("grpc.health.v1.Health", binder => Health.BindService(binder, new SignerHealthService(keys)));
    }

    private static Status? Translate(Exception error) => error is not KeelsonException known ? null : new(known.Kind switch
    {
        ErrorKind.NotFound => StatusCode.NotFound,
        ErrorKind.AlreadyExists => StatusCode.AlreadyExists,
        ErrorKind.InvalidArgument => StatusCode.InvalidArgument,
        ErrorKind.FailedPrecondition => StatusCode.FailedPrecondition,
        ErrorKind.PermissionDenied => StatusCode.PermissionDenied,
        ErrorKind.Unavailable => StatusCode.Unavailable,
        ErrorKind.DataLoss => StatusCode.DataLoss,
        _ => StatusCode.Internal,
    }, known.Message);
}
