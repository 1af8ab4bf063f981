using System.Collections.Concurrent;

namespace Keelson.Engine.Containers;

/// <summary>The plug-ins that keep volumes. They are looked for when a volume names one, and may come and go.</summary>
/// <param name="options">Where they are, and how long they may think.</param>
internal sealed class VolumePlugins(VolumePluginOptions options) : IDisposable
{
    private readonly ConcurrentDictionary<string, VolumePlugin> opened = new(StringComparer.Ordinal);
    private readonly KeyedLock opening = new();

    /// <summary>Plug-ins that were used and are still there.</summary>
    public IReadOnlyList<string> Known => [.. opened.Keys.Where(name => options.Plugins.Find(name) is not null).Order(StringComparer.Ordinal)];

    /// <summary>A plug-in.</summary>
    /// <exception cref="KeelsonException">NotFound: there is none of this name, or it keeps no volumes. Unavailable: it cannot be reached.</exception>
    public async Task<VolumePlugin> GetAsync(string name, CancellationToken cancel) => await TryGetAsync(name, cancel).ConfigureAwait(false)
        ?? throw new KeelsonException(ErrorKind.NotFound, $"error looking up volume plugin {name}: plugin \"{name}\" not found");

    /// <summary>Asks all plug-ins that are there the same, at the same time. Each has a short time to answer.</summary>
    /// <param name="more">Names of others that should be there.</param>
    /// <param name="ask">The question.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>Of each that keeps volumes: its name, and its answer or why there is none.</returns>
    public async Task<IReadOnlyList<(string Name, T? Answer, KeelsonException? Problem)>> AskAllAsync<T>(IEnumerable<string> more, Func<VolumePlugin, CancellationToken, Task<T>> ask, CancellationToken cancel) where T : class
    {
        string[] all = [.. options.Plugins.Names.Union(more).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        (string, T?, KeelsonException?)?[] answers = await Task.WhenAll(all.Select(name => AskAsync(name, more.Contains(name), ask, cancel))).ConfigureAwait(false);
        return [.. answers.OfType<(string, T?, KeelsonException?)>()];
    }

    /// <summary>Closes the ways to them.</summary>
    public void Dispose()
    {
        foreach (VolumePlugin plugin in opened.Values) plugin.Dispose();
    }

    private async Task<(string, T?, KeelsonException?)?> AskAsync<T>(string name, bool isNeeded, Func<VolumePlugin, CancellationToken, Task<T>> ask, CancellationToken cancel) where T : class
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(options.ListPatience);
        try
        {
            VolumePlugin? plugin = isNeeded ? await GetAsync(name, limit.Token).ConfigureAwait(false) : await TryGetAsync(name, limit.Token).ConfigureAwait(false);
            return plugin is null ? null : (name, await ask(plugin, limit.Token).ConfigureAwait(false), null);
        }
        catch (KeelsonException e)
        {
            return (name, null, e);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return (name, null, new KeelsonException(ErrorKind.Unavailable, $"plug-in {name}: no answer within {options.ListPatience.TotalSeconds} s"));
        }
    }

    private async Task<VolumePlugin?> TryGetAsync(string name, CancellationToken cancel)
    {
        string? address = Find(name);
        if (address is null) return null;
        if (opened.TryGetValue(name, out VolumePlugin? known) && known.Address == address) return known;
        using KeyedLock.Holder turn = await opening.EnterAsync(name, cancel).ConfigureAwait(false);
        if (opened.TryGetValue(name, out known) && known.Address == address) return known;
        VolumePlugin? found = await VolumePlugin.OpenAsync(name, address, options.Patience, cancel).ConfigureAwait(false);
        if (found is null) return null;
        opened[name] = found;
        // It listens elsewhere now.
        known?.Dispose();
        return found;
    }

    private string? Find(string name)
    {
        try
        {
            return options.Plugins.Find(name);
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.InvalidArgument)
        {
            return null;
        }
    }
}
