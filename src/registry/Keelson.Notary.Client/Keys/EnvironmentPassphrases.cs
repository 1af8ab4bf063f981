namespace Keelson.Notary.Client;

/// <summary>Passphrases of the environment variables of notary and docker; where there is none, another source is asked.</summary>
/// <remarks>
/// <c>NOTARY_ROOT_PASSPHRASE</c>, <c>NOTARY_TARGETS_PASSPHRASE</c>, <c>NOTARY_SNAPSHOT_PASSPHRASE</c>, <c>NOTARY_DELEGATION_PASSPHRASE</c>;
/// <c>DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE</c>, and <c>DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE</c> for all other roles.
/// </remarks>
/// <param name="next">Asked when no variable is set, or its value is wrong.</param>
/// <param name="variable">Reads a variable; the process's own by default.</param>
public sealed class EnvironmentPassphrases(IPassphraseSource? next = null, Func<string, string?>? variable = null) : IPassphraseSource
{
    private readonly Func<string, string?> variable = variable ?? Environment.GetEnvironmentVariable;

    /// <inheritdoc/>
    public string? Find(PassphraseRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        string role = request.Role is TufRoles.Root or TufRoles.Targets or TufRoles.Snapshot ? request.Role.ToUpperInvariant() : "DELEGATION";
        string? found = Value($"NOTARY_{role}_PASSPHRASE") ?? Value($"DOCKER_CONTENT_TRUST_{(role == "ROOT" ? "ROOT" : "REPOSITORY")}_PASSPHRASE");
        if (found is null) return next?.Find(request);
        // The same value again would be as wrong as before.
        return request.Attempt == 0 ? found : next?.Find(request with { Attempt = request.Attempt - 1 });
    }

    private string? Value(string name) => variable(name) is { Length: > 0 } value ? value : null;
}
