using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Keelson.Notary.Keys;
using Keelson.Notary.Protocol;

namespace Keelson.Notary.Signer;

/// <summary>Keys that a signer elsewhere keeps: ours, or notary-signer of notary 0.7. The connection is made with the first call, and again when it breaks.</summary>
public sealed class RemoteKeyService : IKeyService
{
    private readonly RemoteKeyOptions options;
    private readonly GrpcChannel channel;
    private readonly KeyManagement.KeyManagementClient management;
    private readonly Protocol.Signer.SignerClient signer;
    private readonly Health.HealthClient health;

    /// <summary>Reads the certificates; nothing is asked yet.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: a file cannot be read, or is no certificate.</exception>
    public RemoteKeyService(RemoteKeyOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        this.options = options;
        SocketsHttpHandler handler = new()
        {
            SslOptions = TlsOf(options),
            EnableMultipleHttp2Connections = true,
            ConnectTimeout = options.CallLimit,
            // A signer whose machine is gone is noticed by the first call that hangs. Go's servers end connections that are pinged often while nothing is asked.
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            KeepAlivePingDelay = PingTime(options),
            KeepAlivePingTimeout = PingTime(options),
        };
        channel = GrpcChannel.ForAddress(options.Address, new() { HttpHandler = handler, DisposeHttpClient = true, MaxSendMessageSize = SignerServer.MessageLimitBytes });
        (management, signer, health) = (new(channel), new(channel), new(channel));
    }

    /// <inheritdoc/>
    public async Task<OnlineKey> CreateAsync(string algorithm, string gun, string role, CancellationToken cancel = default)
    {
        if (algorithm is not ("ecdsa" or "ed25519")) throw new KeelsonException(ErrorKind.InvalidArgument, $"create key: the algorithm {algorithm} is not known");
        Protocol.PublicKey key = await AskAsync("create key", call => management.CreateKeyAsync(new() { Algorithm = algorithm, Gun = gun, Role = role }, call), cancel).ConfigureAwait(false);
        OnlineKey made = KeyOf(key.KeyInfo, key.PublicKey_, gun, role);
        return made.Algorithm == algorithm ? made : throw new KeelsonException(ErrorKind.DataLoss, $"create key: the signer gave one of {made.Algorithm} and not of {algorithm}");
    }

    /// <inheritdoc/>
    /// <remarks>A signer does not say which collection a key is for: <see cref="OnlineKey.Gun"/> is empty.</remarks>
    public async ValueTask<OnlineKey?> FindAsync(string keyId, CancellationToken cancel = default)
    {
        try
        {
            GetKeyInfoResponse key = await AskAsync($"find key {keyId}", call => management.GetKeyInfoAsync(new() { ID = keyId }, call), cancel).ConfigureAwait(false);
            return KeyOf(key.KeyInfo, key.PublicKey, "", key.Role);
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.NotFound)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public async Task<byte[]> SignAsync(string keyId, ReadOnlyMemory<byte> content, CancellationToken cancel = default)
    {
        SignatureRequest request = new() { KeyID = new() { ID = keyId }, Content = UnsafeByteOperations.UnsafeWrap(content) };
        return (await AskAsync($"sign with key {keyId}", call => signer.SignAsync(request, call), cancel).ConfigureAwait(false)).Content.ToByteArray();
    }

    /// <inheritdoc/>
    public async Task<bool> DeleteAsync(string keyId, CancellationToken cancel = default)
    {
        // A signer's answer is the same either way.
        bool wasThere = await FindAsync(keyId, cancel).ConfigureAwait(false) is not null;
        await AskAsync($"delete key {keyId}", call => management.DeleteKeyAsync(new() { ID = keyId }, call), cancel).ConfigureAwait(false);
        return wasThere;
    }

    /// <inheritdoc/>
    public async Task CheckAsync(CancellationToken cancel = default)
    {
        foreach (string service in (string[])[SignerHealthService.KeyManagement, SignerHealthService.Signer])
        {
            HealthCheckResponse answer = await AskAsync("check signer", call => health.CheckAsync(new() { Service = service }, call), cancel).ConfigureAwait(false);
            if (answer.Status != HealthCheckResponse.Types.ServingStatus.Serving) throw new KeelsonException(ErrorKind.Unavailable, $"check signer: {service} is {answer.Status}");
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        channel.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<T> AskAsync<T>(string what, Func<CallOptions, AsyncUnaryCall<T>> ask, CancellationToken cancel)
    {
        try
        {
            using AsyncUnaryCall<T> call = ask(new(deadline: (options.Time.GetUtcNow() + options.CallLimit).UtcDateTime, cancellationToken: cancel));
            return await call.ResponseAsync.ConfigureAwait(false);
        }
        catch (RpcException e)
        {
            cancel.ThrowIfCancellationRequested();
            ErrorKind kind = e.StatusCode switch { StatusCode.NotFound => ErrorKind.NotFound, StatusCode.InvalidArgument => ErrorKind.InvalidArgument, _ => ErrorKind.Unavailable };
            throw new KeelsonException(kind, $"{what} at {options.Address.Authority}: {e.Status.Detail}", e);
        }
    }

    /// <summary>What a signer says of a key, which has to fit its name.</summary>
    private static OnlineKey KeyOf(KeyInfo? info, ByteString publicKey, string gun, string role)
    {
        OnlineKey key = new(info?.KeyID?.ID ?? "", info?.Algorithm?.Algorithm_ ?? "", publicKey.ToByteArray(), gun, role);
        return KeyName.Of(key.Algorithm, key.PublicKey.Span) == key.Id ? key : throw new KeelsonException(ErrorKind.DataLoss, $"read key {key.Id}: the signer gave a key of another name");
    }

    /// <summary>The handler takes no less than a second.</summary>
    private static TimeSpan PingTime(RemoteKeyOptions options) => TimeSpan.FromSeconds(Math.Max(1, options.CallLimit.TotalSeconds / 3));

    private static SslClientAuthenticationOptions TlsOf(RemoteKeyOptions options)
    {
        SslClientAuthenticationOptions tls = new();
        try
        {
            if (options.AuthorityFile is not null)
            {
                X509ChainPolicy policy = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
                policy.CustomTrustStore.ImportFromPemFile(options.AuthorityFile);
                tls.CertificateChainPolicy = policy;
            }
            if (options.CertificateFile is not null)
            {
                X509Certificate2Collection chain = [];
                chain.ImportFromPemFile(options.CertificateFile);
                tls.ClientCertificateContext = SslStreamCertificateContext.Create(X509Certificate2.CreateFromPemFile(options.CertificateFile, options.KeyFile), [.. chain.Skip(1)], offline: true);
            }
            return tls;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new KeelsonException(ErrorKind.InvalidArgument, "read certificates for the signer", e);
        }
    }
}
