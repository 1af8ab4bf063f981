using Microsoft.AspNetCore.Http;

namespace Keelson.Registry.Auth;

/// <summary>Asks several sources in turn: a certificate, else a password. The first that is shown something decides, also when it refuses.</summary>
/// <param name="sources">The sources.</param>
public sealed class FirstIdentitySource(params IReadOnlyList<IIdentitySource> sources) : IIdentitySource
{
    /// <inheritdoc/>
    public async ValueTask<Identification> IdentifyAsync(HttpContext http, CancellationToken cancel = default)
    {
        foreach (IIdentitySource source in sources)
        {
            Identification shown = await source.IdentifyAsync(http, cancel).ConfigureAwait(false);
            if (shown.IsShown) return shown;
        }
        return Identification.Nothing;
    }

    /// <inheritdoc/>
    public string? Challenge(IReadOnlyList<AccessRequest> needs, bool wasRefused)
    {
        string all = string.Join(", ", sources.Select(source => source.Challenge(needs, wasRefused)).OfType<string>());
        return all.Length > 0 ? all : null;
    }
}
