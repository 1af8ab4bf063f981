using Containerd.Types.Transfer;
using Keelson.Distribution;

namespace Keelson.Api.Streams;

/// <summary>Credentials that the client of a transfer is asked for when a registry wants one.</summary>
/// <param name="stream">The client's stream.</param>
/// <param name="reference">The image.</param>
internal sealed class StreamCredentials(NamedStream stream, string reference) : ICredentialSource, IDisposable
{
    private readonly SemaphoreSlim asking = new(1, 1);

    public async ValueTask<RegistryCredential?> FindAsync(string host, CancellationToken cancellation)
    {
        await asking.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            await stream.SendAsync(AnyMessages.Write(new AuthRequest { Host = host == "docker.io" ? "registry-1.docker.io" : host, Reference = reference }), cancellation).ConfigureAwait(false);
            if (await stream.ReceiveAsync(cancellation).ConfigureAwait(false) is not { } message) return null;
            if (!AnyMessages.TryRead(message, AuthResponse.Parser, out AuthResponse? answer)) throw new KeelsonException(ErrorKind.InvalidArgument, $"ask for a credential: a message of type {message.TypeUrl} came");
            return Read(answer);
        }
        finally
        {
            asking.Release();
        }
    }

    public void Dispose()
    {
        asking.Dispose();
        stream.Close();
    }

    private static RegistryCredential? Read(AuthResponse answer) => answer.AuthType switch
    {
        AuthType.Credentials => new() { Username = answer.Username, Password = answer.Secret },
        AuthType.Refresh => new() { IdentityToken = answer.Secret },
        AuthType.Header when answer.Secret.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) => new() { RegistryToken = answer.Secret["Bearer ".Length..] },
        AuthType.Header => throw new KeelsonException(ErrorKind.Unsupported, "ask for a credential: of headers only those with a bearer token are taken"),
        _ => null,
    };
}
