using System.Text.Json.Serialization.Metadata;
using Keelson.Plugins;

namespace Keelson.Engine.Containers;

/// <summary>A plug-in that keeps volumes. Docker Plugin API "Volume plugin protocol".</summary>
internal sealed class VolumePlugin : IDisposable
{
    private readonly PluginClient plugin;

    private VolumePlugin(PluginClient plugin, string address, string scope) => (this.plugin, Address, Scope) = (plugin, address, scope);

    /// <summary>What it is called.</summary>
    public string Name => plugin.Name;

    /// <summary>Where it listens.</summary>
    public string Address { get; }

    /// <summary>How far its volumes can be seen: <c>local</c> or <c>global</c>.</summary>
    public string Scope { get; }

    /// <summary>Opens the way to a plug-in.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="address">Where it listens.</param>
    /// <param name="patience">How long an answer is waited for.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns><see langword="null"/>: it keeps no volumes.</returns>
    /// <exception cref="KeelsonException">Unavailable: it cannot be reached.</exception>
    public static async Task<VolumePlugin?> OpenAsync(string name, string address, TimeSpan patience, CancellationToken cancel)
    {
        PluginClient plugin = new(name, address, patience);
        try
        {
            if (!await plugin.IsAsync("VolumeDriver", cancel).ConfigureAwait(false))
            {
                plugin.Dispose();
                return null;
            }
            // An old one does not know the question; its volumes are of this host.
            VolumeCapabilitiesAnswer? told = await plugin.AskAsync("VolumeDriver.Capabilities", new(), VolumePluginJson.Default.EmptyMessage, VolumePluginJson.Default.VolumeCapabilitiesAnswer, cancel).ConfigureAwait(false);
            return new(plugin, address, told?.Capabilities?.Scope is "global" ? "global" : IVolumeService.Local);
        }
        catch
        {
            plugin.Dispose();
            throw;
        }
    }

    /// <summary>Makes a volume.</summary>
    /// <exception cref="KeelsonException">Unavailable: it cannot be reached. FailedPrecondition: it refuses. DataLoss: its answer is none.</exception>
    public Task CreateAsync(string name, IReadOnlyDictionary<string, string>? options, CancellationToken cancel) =>
        AskAsync("Create", new(name, options), VolumePluginJson.Default.CreateVolumeMessage, VolumePluginJson.Default.PluginAnswer, cancel);

    /// <summary>A volume; <see langword="null"/>: it has none of this name.</summary>
    /// <inheritdoc cref="CreateAsync" path="/exception"/>
    public async Task<PluginVolume?> GetAsync(string name, CancellationToken cancel)
    {
        try
        {
            return (await plugin.AskAsync("VolumeDriver.Get", new(name), VolumePluginJson.Default.VolumeMessage, VolumePluginJson.Default.GetVolumeAnswer, cancel).ConfigureAwait(false))?.Volume;
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.FailedPrecondition)
        {
            // The protocol has no other way to say that there is none.
            return null;
        }
    }

    /// <summary>All volumes.</summary>
    /// <inheritdoc cref="CreateAsync" path="/exception"/>
    public async Task<IReadOnlyList<PluginVolume>> ListAsync(CancellationToken cancel) =>
        (await AskAsync("List", new(), VolumePluginJson.Default.EmptyMessage, VolumePluginJson.Default.ListVolumesAnswer, cancel).ConfigureAwait(false)).Volumes ?? [];

    /// <summary>Begins a use of a volume.</summary>
    /// <returns>Where its files are.</returns>
    /// <exception cref="KeelsonException">As <see cref="CreateAsync"/>; DataLoss also: that is no directory of this host.</exception>
    public async Task<string> MountAsync(string name, string id, CancellationToken cancel)
    {
        MountpointAnswer answer = await AskAsync("Mount", new(name, id), VolumePluginJson.Default.VolumeUseMessage, VolumePluginJson.Default.MountpointAnswer, cancel).ConfigureAwait(false);
        string path = answer.Mountpoint ?? "";
        string? why = path.Length == 0 ? "it does not say where" : !path.StartsWith('/') ? "is not absolute" : PathText.Clean(path) is "/" || path.Split('/').Contains("..") ? "is no place for a volume"
            : !Directory.Exists(path) ? "is no directory of this host" : null;
        if (why is null) return path;
        throw Wrong("Mount", path.Length == 0 ? why : $"the mount point '{(path.Length > 200 ? path[..200] : path)}' {why}");
    }

    /// <summary>Ends a use.</summary>
    /// <inheritdoc cref="CreateAsync" path="/exception"/>
    public Task UnmountAsync(string name, string id, CancellationToken cancel) => AskAsync("Unmount", new(name, id), VolumePluginJson.Default.VolumeUseMessage, VolumePluginJson.Default.PluginAnswer, cancel);

    /// <summary>Removes a volume.</summary>
    /// <inheritdoc cref="CreateAsync" path="/exception"/>
    public Task RemoveAsync(string name, CancellationToken cancel) => AskAsync("Remove", new(name), VolumePluginJson.Default.VolumeMessage, VolumePluginJson.Default.PluginAnswer, cancel);

    /// <summary>Closes the way; volumes stay.</summary>
    public void Dispose() => plugin.Dispose();

    private async Task<TAnswer> AskAsync<TMessage, TAnswer>(string method, TMessage message, JsonTypeInfo<TMessage> messageType, JsonTypeInfo<TAnswer> answerType, CancellationToken cancel) where TAnswer : class =>
        await plugin.AskAsync("VolumeDriver." + method, message, messageType, answerType, cancel).ConfigureAwait(false) ?? throw Wrong(method, "it does not know this method");

    private KeelsonException Wrong(string method, string why) => new(ErrorKind.DataLoss, $"plug-in {Name}: VolumeDriver.{method}: {why}");
}
