namespace Keelson.Tuf;

public sealed partial class TufClient
{
    /// <summary>Looks for a target: in the targets, then in the roles that they delegate its path to, depth first and in order. Section 5.6.7.</summary>
    /// <param name="path">The target's path.</param>
    /// <param name="cancellation">Ends the search.</param>
    /// <returns>The target, or null when no role that is entrusted with the path describes it.</returns>
    /// <exception cref="TufException">A role on the way is refused or missing, or there are too many of them; or, before the first update, as <see cref="RefreshAsync"/>.</exception>
    public async Task<TufTargetFile?> FindTargetAsync(string path, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        TufTrustedSet set = trusted ?? await RefreshAsync(cancellation).ConfigureAwait(false);
        return await SearchAsync(set, path, set.Targets!, TufRoles.Targets, cancellation).ConfigureAwait(false);
    }

    /// <summary>Looks for a target in one role alone, and in what it delegates. Docker asks <c>targets/releases</c> before <c>targets</c> so.</summary>
    /// <param name="path">The target's path. Every delegation on the way to the role must hold it.</param>
    /// <param name="role">The role, in notary's dialect: its name says who delegates to it.</param>
    /// <param name="cancellation">Ends the search.</param>
    /// <returns>The target, or null.</returns>
    /// <exception cref="TufException">As <see cref="FindTargetAsync(string, CancellationToken)"/>.</exception>
    public async Task<TufTargetFile?> FindTargetAsync(string path, string role, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(role);
        TufTrustedSet set = trusted ?? await RefreshAsync(cancellation).ConfigureAwait(false);
        (TufTargets? targets, bool isFor) = await WalkToAsync(set, role, path, cancellation).ConfigureAwait(false);
        return targets is null || !isFor ? null : await SearchAsync(set, path, targets, role, cancellation).ConfigureAwait(false);
    }

    /// <summary>Loads a delegated role by its name, in notary's dialect.</summary>
    /// <param name="role">The role: <c>targets/releases</c>.</param>
    /// <param name="cancellation">Ends the search.</param>
    /// <returns>The role's targets; null when nobody delegates to it or nothing is published.</returns>
    /// <exception cref="TufException">A role on the way is refused or missing.</exception>
    public async Task<TufTargets?> GetRoleAsync(string role, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(role);
        TufTrustedSet set = trusted ?? await RefreshAsync(cancellation).ConfigureAwait(false);
        return (await WalkToAsync(set, role, null, cancellation).ConfigureAwait(false)).Targets;
    }

    private async Task<(TufTargets? Targets, bool IsFor)> WalkToAsync(TufTrustedSet set, string role, string? path, CancellationToken cancellation)
    {
        string[] parts = role.Split('/');
        if (parts[0] != TufRoles.Targets || parts.Length > limits.VisitedRoles) throw new TufException(TufFault.BadPath, $"find {role}: not below targets");
        TufTargets current = set.Targets!;
        bool isFor = true;
        for (int i = 2; i <= parts.Length; i++)
        {
            string name = string.Join('/', parts[..i]);
            if (current.Delegations?.Find(name) is not { } delegation) return (null, false);
            isFor &= path is not null && delegation.IsFor(path, dialect);
            if (await LoadDelegatedAsync(set, name, current, string.Join('/', parts[..(i - 1)]), cancellation).ConfigureAwait(false) is not { } next) return (null, false);
            current = next;
        }
        return (current, isFor);
    }

    private async Task<TufTargetFile?> SearchAsync(TufTrustedSet set, string path, TufTargets first, string firstName, CancellationToken cancellation)
    {
        HashSet<string> visited = new(StringComparer.Ordinal);
        Stack<(string Role, string Delegator, TufTargets? DelegatorTargets)> open = new();
        open.Push((firstName, "", null));
        while (open.TryPop(out (string Role, string Delegator, TufTargets? DelegatorTargets) next))
        {
            if (visited.Contains(next.Role)) continue;
            if (visited.Count >= limits.VisitedRoles) throw new TufException(TufFault.TooMany, $"find {path}: more than {limits.VisitedRoles} roles are entrusted with it");
            visited.Add(next.Role);
            TufTargets? current = next.DelegatorTargets is null ? first : await LoadDelegatedAsync(set, next.Role, next.DelegatorTargets, next.Delegator, cancellation).ConfigureAwait(false);
            if (current is null) continue;
            if (current.Targets.TryGetValue(path, out TufTargetFile? target)) return target;
            PushDelegations(open, visited, path, next.Role, current);
        }
        return null;
    }

    private void PushDelegations(Stack<(string, string, TufTargets?)> open, HashSet<string> visited, string path, string role, TufTargets current)
    {
        if (current.Delegations is null) return;
        List<TufDelegatedRole> found = [];
        foreach (TufDelegatedRole delegation in current.Delegations.RolesFor(path, dialect))
        {
            found.Add(delegation);
            if (!delegation.IsTerminating) continue;
            // Nobody after this role is asked, here or above.
            open.Clear();
            break;
        }
        for (int i = found.Count - 1; i >= 0; i--)
            if (!visited.Contains(found[i].Name))
                open.Push((found[i].Name, role, current));
    }

    /// <summary>A delegated role: trusted already, kept by an earlier update, or from the repository. Null when it may be absent and is.</summary>
    private async Task<TufTargets?> LoadDelegatedAsync(TufTrustedSet set, string role, TufTargets delegator, string delegatorName, CancellationToken cancellation)
    {
        dialect.CheckDelegation(delegatorName, role);
        if (set.FindDelegated(role, delegator) is { } known) return known;
        if (dialect.RolesMayBeAbsent && !set.Snapshot!.Meta.ContainsKey(role)) return null;
        if (await store.LoadAsync(role, cancellation).ConfigureAwait(false) is { } kept)
        {
            TufTargets? loaded = null;
            if (Try(() => { loaded = set.UpdateDelegated(kept, role, delegator); })) return loaded;
            if (!dialect.HasMetaVersions) Try(() => set.LoadTargets(kept, role, delegator));
        }
        ReadOnlyMemory<byte> bytes = await FetchNamedAsync(set, role, cancellation).ConfigureAwait(false);
        TufTargets fetched = set.UpdateDelegated(bytes, role, delegator);
        await store.SaveAsync(role, bytes, cancellation).ConfigureAwait(false);
        return fetched;
    }
}
