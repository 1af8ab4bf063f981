using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;
using Keelson.Ttrpc;

namespace Keelson.Api;

/// <summary>A connection to a part of the engine that another program serves on a unix socket. It is made with the first call, and again when it breaks.</summary>
internal sealed class ProxyConnection : IDisposable
{
    private readonly string name;
    private readonly GrpcChannel channel;

    /// <param name="name">The proxy's name, for messages.</param>
    /// <param name="address">Path of the socket, with or without <c>unix://</c>.</param>
    public ProxyConnection(string name, string address)
    {
        this.name = name;
        UnixDomainSocketEndPoint endpoint = new(address.StartsWith("unix://", StringComparison.Ordinal) ? address["unix://".Length..] : address);
        SocketsHttpHandler handler = new()
        {
            ConnectCallback = async (_, cancel) =>
            {
                Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                try
                {
                    await socket.ConnectAsync(endpoint, cancel).ConfigureAwait(false);
                    return new NetworkStream(socket, ownsSocket: true);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            },
        };
        channel = GrpcChannel.ForAddress("http://localhost", new()
        {
            HttpHandler = handler,
            DisposeHttpClient = true,
            MaxReceiveMessageSize = ApiHosting.MessageLimitBytes,
            MaxSendMessageSize = ApiHosting.MessageLimitBytes,
        });
    }

    /// <summary>What clients call through.</summary>
    public ChannelBase Channel => channel;

    /// <summary>Headers of a call.</summary>
    public static Metadata In(string space, string? lease = null)
    {
        Metadata headers = new() { { CallHeaders.NamespaceHeader, space } };
        if (lease is not null) headers.Add(CallHeaders.LeaseHeader, lease);
        return headers;
    }

    /// <summary>The error of a call as the engine's.</summary>
    public KeelsonException Error(string operation, RpcException error) => new(((Ttrpc.StatusCode)error.StatusCode).ToErrorKind(), $"{operation} by proxy {name}: {error.Status.Detail}", error);

    public void Dispose() => channel.Dispose();
}
