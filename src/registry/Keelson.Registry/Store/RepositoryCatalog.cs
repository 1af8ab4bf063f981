using System.Runtime.CompilerServices;
using Keelson.Registry.Coordination;
using Keelson.Registry.Storage;

namespace Keelson.Registry.Store;

/// <summary>The names of the repositories that have, or have had, a manifest. They are read from the store once, and again when another process has made a repository.</summary>
internal sealed class RepositoryCatalog(IStorageDriver driver, IRegistryCoordinator coordinator) : IDisposable
{
    private readonly Lock gate = new();
    private readonly SemaphoreSlim loading = new(1, 1);
    private readonly HashSet<string> added = new(StringComparer.Ordinal), removed = new(StringComparer.Ordinal);
    private List<string>? names;
    private long version;

    /// <summary>Notes a repository.</summary>
    public void Add(string name)
    {
        lock (gate)
        {
            removed.Remove(name);
            if (names is null) added.Add(name);
            else if (names.BinarySearch(name, StringComparer.Ordinal) is var at and < 0) names.Insert(~at, name);
        }
    }

    /// <summary>Forgets a repository.</summary>
    public void Remove(string name)
    {
        lock (gate)
        {
            added.Remove(name);
            if (names is null) removed.Add(name);
            else if (names.BinarySearch(name, StringComparer.Ordinal) is var at and >= 0) names.RemoveAt(at);
        }
    }

    /// <summary>Some names in lexical order.</summary>
    /// <param name="last">Those behind this one; empty for all.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>Them, and whether there are others behind.</returns>
    public async Task<(IReadOnlyList<string> Names, bool IsMore)> ListAsync(string last, int limit, CancellationToken cancel)
    {
        await LoadAsync(cancel).ConfigureAwait(false);
        lock (gate)
        {
            int found = last.Length == 0 ? -1 : names!.BinarySearch(last, StringComparer.Ordinal);
            int at = found >= 0 ? found + 1 : ~found;
            int count = Math.Min(limit, names!.Count - at);
            return (names.GetRange(at, count), at + count < names.Count);
        }
    }

    /// <summary>All repositories of the store, and which have, or have had, a manifest; a name comes before those below it.</summary>
    public async IAsyncEnumerable<(string Name, bool HasManifests)> WalkAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        Stack<string> open = new([""]);
        while (open.TryPop(out string? name))
        {
            bool isRepository = false, hasManifests = false;
            foreach (string child in await driver.ListAsync(name.Length == 0 ? StorePaths.Repositories : StorePaths.Repository(name), cancel).ConfigureAwait(false))
            {
                // Words of a name never begin with an underscore; folders of the store do.
                if (child[0] == '_') (isRepository, hasManifests) = (true, hasManifests || child == StorePaths.ManifestsName);
                else open.Push(name.Length == 0 ? child : $"{name}/{child}");
            }
            if (isRepository) yield return (name, hasManifests);
        }
    }

    public void Dispose() => loading.Dispose();

    private async Task LoadAsync(CancellationToken cancel)
    {
        if (await IsLoadedAsync(cancel).ConfigureAwait(false)) return;
        await loading.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            if (await IsLoadedAsync(cancel).ConfigureAwait(false)) return;
            // Read first: a repository that comes while the store is walked has it walked again.
            long present = await coordinator.VersionAsync(LockNames.Catalog, cancel).ConfigureAwait(false);
            SortedSet<string> found = new(StringComparer.Ordinal);
            await foreach ((string name, bool hasManifests) in WalkAsync(cancel).ConfigureAwait(false))
                if (hasManifests) found.Add(name);
            lock (gate)
            {
                found.UnionWith(added);
                found.ExceptWith(removed);
                added.Clear();
                removed.Clear();
                names = [.. found];
                Interlocked.Exchange(ref version, present);
            }
        }
        finally
        {
            loading.Release();
        }
    }

    private async ValueTask<bool> IsLoadedAsync(CancellationToken cancel) =>
        Volatile.Read(ref names) is not null && Interlocked.Read(ref version) == await coordinator.VersionAsync(LockNames.Catalog, cancel).ConfigureAwait(false);
}
