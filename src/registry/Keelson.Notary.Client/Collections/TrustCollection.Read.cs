using System.Security.Cryptography;

namespace Keelson.Notary.Client;

public sealed partial class TrustCollection
{
    /// <summary>The role that docker asks before all others.</summary>
    public const string Releases = "targets/releases";

    /// <summary>All targets and the roles that name them; a name may stand in several.</summary>
    /// <param name="roles">Only these roles; all by default.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public async Task<IReadOnlyList<SignedTarget>> ListAsync(IReadOnlyList<string>? roles = null, CancellationToken cancellation = default)
    {
        TrustState state = await LoadAsync(false, true, cancellation).ConfigureAwait(false);
        return [.. state.Files.Keys.Where(role => IsTargets(role) && (roles is null || roles.Contains(role)))
            .SelectMany(role => Targets(state, role).Targets.Values.Where(target => IsEntrusted(state, role, target.Path)).Select(target => new SignedTarget(target, role)))
            .OrderBy(target => target.Target.Path, StringComparer.Ordinal).ThenBy(target => target.Role, StringComparer.Ordinal)];
    }

    /// <summary>Looks a name up, as docker does: in <c>targets/releases</c>, then in <c>targets</c>.</summary>
    /// <param name="name">The name: a tag.</param>
    /// <param name="roles">Roles in the order in which they are asked.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The target, or null when none of the roles names it.</returns>
    /// <exception cref="TufException">Something on the way is refused.</exception>
    public async Task<SignedTarget?> FindAsync(string name, IReadOnlyList<string>? roles = null, CancellationToken cancellation = default)
    {
        TrustState state = await LoadAsync(false, true, cancellation).ConfigureAwait(false);
        foreach (string role in roles ?? [Releases, TufRoles.Targets])
            if (state.Files.ContainsKey(role) && IsEntrusted(state, role, name) && Targets(state, role).Targets.GetValueOrDefault(name) is { } target)
                return new(target, role);
        return null;
    }

    /// <summary>Compares a file with the target of a name.</summary>
    /// <param name="name">The target.</param>
    /// <param name="content">The file.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="KeelsonException">NotFound: no such target. DataLoss: the file is another one.</exception>
    public async Task VerifyAsync(string name, Stream content, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(content);
        SignedTarget found = await FindAsync(name, null, cancellation).ConfigureAwait(false) ?? throw new KeelsonException(ErrorKind.NotFound, $"verify {name} of {Gun}: it is not signed");
        List<(IncrementalHash Hash, ReadOnlyMemory<byte> Digest)> hashes = [.. found.Target.Hashes.All.Select(hash => (IncrementalHash.CreateHash(hash.Algorithm), hash.Digest))];
        try
        {
            long length = 0;
            byte[] buffer = new byte[64 * 1024];
            for (int count; (count = await content.ReadAsync(buffer, cancellation).ConfigureAwait(false)) > 0; length += count)
                foreach ((IncrementalHash hash, _) in hashes)
                    hash.AppendData(buffer, 0, count);
            if (length != found.Target.LengthBytes || hashes.Any(hash => !hash.Hash.GetCurrentHash().AsSpan().SequenceEqual(hash.Digest.Span)))
                throw new KeelsonException(ErrorKind.DataLoss, $"verify {name} of {Gun}: the content is not what {found.Role} signed");
        }
        finally
        {
            foreach ((IncrementalHash hash, _) in hashes) hash.Dispose();
        }
    }

    /// <summary>All delegations, from the top down.</summary>
    /// <param name="cancellation">Ends the wait.</param>
    public async Task<IReadOnlyList<DelegationInfo>> ListDelegationsAsync(CancellationToken cancellation = default)
    {
        TrustState state = await LoadAsync(false, true, cancellation).ConfigureAwait(false);
        return [.. state.Files.Keys.Where(IsTargets).Select(role => Targets(state, role).Delegations).OfType<TufDelegations>().SelectMany(delegations => delegations.Roles.Select(role =>
            new DelegationInfo(role.Name, role.Paths ?? [], [.. role.Keys.KeyIds.Select(id => delegations.Keys.TryGetValue(id, out TufKey? key) ? TrustPublicKeys.CanonicalId(key) : id)], role.Keys.Threshold) { MetadataKeyIds = role.Keys.KeyIds }))
            .OrderBy(role => role.Role, StringComparer.Ordinal)];
    }

    /// <summary>The roles of the top level with their keys (by the names of their files) and thresholds.</summary>
    /// <param name="cancellation">Ends the wait.</param>
    public async Task<IReadOnlyList<DelegationInfo>> ListTopRolesAsync(CancellationToken cancellation = default)
    {
        TrustState state = await LoadAsync(false, false, cancellation).ConfigureAwait(false);
        return [.. TufRoles.TopLevel.Select(role => new DelegationInfo(role, [], [.. state.Root.KeysOf(role).KeyIds.Select(id => state.Root.Keys.TryGetValue(id, out TufKey? key) ? TrustPublicKeys.CanonicalId(key) : id)], state.Root.KeysOf(role).Threshold) { MetadataKeyIds = state.Root.KeysOf(role).KeyIds })];
    }

    /// <summary>Where this person signs, as docker has it: all delegations directly below targets whose keys are here; without any, <c>targets</c> itself.</summary>
    /// <param name="cancellation">Ends the wait.</param>
    public async Task<IReadOnlyList<string>> ListOwnRolesAsync(CancellationToken cancellation = default)
    {
        TrustState state = await LoadOrBegunAsync(false, cancellation).ConfigureAwait(false);
        TufDelegations? delegations = Targets(state, TufRoles.Targets).Delegations;
        string[] own = [.. (delegations?.Roles ?? []).Where(role => role.Keys.KeyIds.Any(id => delegations!.Keys.TryGetValue(id, out TufKey? key) && keys.Find(TrustPublicKeys.CanonicalId(key)) is not null)).Select(role => role.Name)];
        return own.Length > 0 ? own : [TufRoles.Targets];
    }

    private TufTargets Targets(TrustState state, string role) => new(TufEnvelope.Parse(state.Files[role], dialect));

    /// <summary>Whether every role above entrusts the path to the one below.</summary>
    private bool IsEntrusted(TrustState state, string role, string path)
    {
        string[] parts = role.Split('/');
        for (int i = 1; i < parts.Length; i++)
        {
            string delegator = string.Join('/', parts[..i]), name = string.Join('/', parts[..(i + 1)]);
            if (!state.Files.ContainsKey(delegator) || Targets(state, delegator).Delegations?.Find(name) is not { } delegation || !delegation.IsFor(path, dialect)) return false;
        }
        return true;
    }

    private static bool IsTargets(string role) => role == TufRoles.Targets || role.StartsWith("targets/", StringComparison.Ordinal);
}
