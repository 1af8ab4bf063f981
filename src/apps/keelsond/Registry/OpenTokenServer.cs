using System.Security.Cryptography.X509Certificates;
using Keelson.Registry.Auth;

namespace Keelson.Daemon.Registry;

/// <summary>A token server with the files that it has open.</summary>
internal sealed record OpenTokenServer(TokenServer Server, HtpasswdFile Users, TokenSigningKey Key, X509Certificate2 Certificate) : IDisposable
{
    public void Dispose()
    {
        Users.Dispose();
        Key.Dispose();
        Certificate.Dispose();
    }
}
