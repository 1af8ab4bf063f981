using Keelson.Registry.Auth;

namespace Keelson.Daemon.Registry;

/// <summary>Who may do what, with the files that say so.</summary>
/// <param name="Users">The passwords.</param>
/// <param name="Authorizer">What decides; <see langword="null"/>: everybody may do everything.</param>
/// <param name="IsImmutable">Which tags stay where they are.</param>
internal sealed record OpenAuth(HtpasswdFile? Users, IRegistryAuthorizer? Authorizer, Func<string, string, bool>? IsImmutable) : IDisposable
{
    public void Dispose() => Users?.Dispose();
}
