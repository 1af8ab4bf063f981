namespace Keelson.Notary.Stores;

/// <summary>Collections in memory, gone with the process.</summary>
/// <param name="time">The clock.</param>
public sealed class MemoryTrustStore(TimeProvider? time = null) : ITrustStore
{
    private readonly TimeProvider time = time ?? TimeProvider.System;
    private readonly Lock gate = new();
    private readonly SortedDictionary<string, Collection> collections = new(StringComparer.Ordinal);
    private readonly List<TrustChange> changes = [];

    /// <inheritdoc/>
    public string Name => "memory";

    /// <inheritdoc/>
    public ValueTask<TrustFile?> FindAsync(string gun, string role, CancellationToken cancel = default)
    {
        lock (gate) return new(FilesOf(gun, role) is [.., { } last] ? last : null);
    }

    /// <inheritdoc/>
    public ValueTask<TrustFile?> FindByHashAsync(string gun, string role, string sha256, CancellationToken cancel = default)
    {
        lock (gate) return new(collections.GetValueOrDefault(gun)?.Hashes.GetValueOrDefault((role, sha256)));
    }

    /// <inheritdoc/>
    public ValueTask<TrustFile?> FindByVersionAsync(string gun, string role, long version, CancellationToken cancel = default)
    {
        lock (gate)
        {
            // Versions begin with 1 and rarely have gaps, but a client chooses them.
            (List<TrustFile> files, int low) = (FilesOf(gun, role), 0);
            for (int high = files.Count - 1; low <= high;)
            {
                int middle = (low + high) / 2;
                if (files[middle].Version == version) return new(files[middle]);
                if (files[middle].Version < version) low = middle + 1;
                else high = middle - 1;
            }
            return default;
        }
    }

    /// <inheritdoc/>
    public Task UpdateAsync(string gun, IReadOnlyList<TrustUpdate> files, CancellationToken cancel = default) => Task.FromResult(Update(TrustWrite.Update(gun, null, files, time, cancel), cancel));

    /// <inheritdoc/>
    public Task<bool> UpdateAfterAsync(string gun, string timestampSha256, IReadOnlyList<TrustUpdate> files, CancellationToken cancel = default) =>
        Task.FromResult(Update(TrustWrite.Update(gun, timestampSha256, files, time, cancel), cancel));

    private bool Update(TrustWrite write, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        string gun = write.Gun;
        lock (gate)
        {
            if (write.After is { } after && after != (FilesOf(gun, "timestamp") is [.., { } present] ? present.Sha256 : "")) return false;
            Dictionary<string, long> newest = new(StringComparer.Ordinal);
            foreach (TrustFile file in write.Files!)
            {
                long current = newest.TryGetValue(file.Role, out long before) ? before : FilesOf(gun, file.Role) is [.., { } last] ? last.Version : -1;
                if (file.Version <= current) throw TrustWrite.NotNewer(gun, file);
                newest[file.Role] = file.Version;
            }
            if (write.Files.Count > 0 && !collections.ContainsKey(gun)) collections.Add(gun, new());
            foreach (TrustFile file in write.Files)
            {
                Collection collection = collections[gun];
                if (!collection.Roles.TryGetValue(file.Role, out List<TrustFile>? versions)) collection.Roles.Add(file.Role, versions = []);
                // The caller's bytes are the caller's.
                TrustFile kept = file with { Data = file.Data.ToArray() };
                versions.Add(kept);
                collection.Hashes.TryAdd((kept.Role, kept.Sha256), kept);
                if (file.Role == "timestamp") changes.Add(new(changes.Count + 1, write.Time, gun, file.Version, file.Sha256, false));
            }
        }
        return true;
    }

    /// <inheritdoc/>
    public Task<bool> DeleteAsync(string gun, CancellationToken cancel = default)
    {
        lock (gate)
        {
            bool wasThere = collections.Remove(gun);
            if (wasThere) changes.Add(new(changes.Count + 1, time.GetUtcNow(), gun, 0, "", true));
            return Task.FromResult(wasThere);
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<TrustChange>> ChangesAsync(string? gun, long changeId, int records, CancellationToken cancel = default)
    {
        ChangeRange range = ChangeRange.Of(changeId, records);
        lock (gate)
        {
            IEnumerable<TrustChange> found = range.IsBackwards ? Enumerable.Reverse(changes) : changes;
            found = found.Where(change => range.Has(change.Id) && (gun is null || change.Gun == gun)).Take(range.Count);
            return Task.FromResult<IReadOnlyList<TrustChange>>([.. range.IsBackwards ? found.Reverse() : found]);
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> ListAsync(string after, int count, CancellationToken cancel = default)
    {
        lock (gate) return Task.FromResult<IReadOnlyList<string>>([.. collections.Keys.Where(gun => string.CompareOrdinal(gun, after) > 0).Take(count)]);
    }

    /// <inheritdoc/>
    public Task CheckAsync(CancellationToken cancel = default) => Task.CompletedTask;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private List<TrustFile> FilesOf(string gun, string role) => collections.GetValueOrDefault(gun)?.Roles.GetValueOrDefault(role) ?? [];

    /// <summary>Files of each role, earlier versions first, and those with a hash.</summary>
    private sealed class Collection
    {
        public Dictionary<string, List<TrustFile>> Roles { get; } = new(StringComparer.Ordinal);

        public Dictionary<(string Role, string Sha256), TrustFile> Hashes { get; } = [];
    }
}
