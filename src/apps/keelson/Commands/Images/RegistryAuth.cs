using Keelson.Distribution;
using Keelson.Docker;

namespace Keelson.Cli.Commands.Images;

/// <summary>Credentials for the registry of an image, from docker's configuration and its helpers.</summary>
internal static class RegistryAuth
{
    /// <summary>What docker calls Docker Hub.</summary>
    public const string HubServer = "https://index.docker.io/v1/";

    /// <summary>Finds credentials.</summary>
    /// <returns><see langword="null"/> when there are none.</returns>
    public static AuthConfig? For(string image)
    {
        string registry = ImageName.Registry(image);
        RegistryCredential? credential = new DockerConfigCredentials().FindAsync(registry, CancellationToken.None).AsTask().GetAwaiter().GetResult();
        return credential is null ? null : new()
        {
            Username = credential.Username,
            Password = credential.Password,
            IdentityToken = credential.IdentityToken,
            RegistryToken = credential.RegistryToken,
            ServerAddress = registry == "docker.io" ? HubServer : registry,
        };
    }
}
