using Keelson.Network.Records;
using Keelson.Network.Remote;

namespace Keelson.Network.Control;

/// <content>Who lays networks and who chooses addresses: those that the engine brings, and plug-ins, which are looked for when a network names one.</content>
public sealed partial class NetworkController
{
    private readonly Dictionary<string, RemoteDriver> plugged = new(StringComparer.Ordinal);
    private readonly Dictionary<string, RemoteIpam> ipams = new(StringComparer.Ordinal);

    /// <summary>The driver of a network.</summary>
    /// <exception cref="KeelsonException">NotFound: there is no such one. Unavailable: it is a plug-in that cannot be reached.</exception>
    private async ValueTask<INetworkDriver> DriverAsync(string name, CancellationToken cancel)
    {
        if (drivers.TryGetValue(name, out INetworkDriver? own)) return own;
        if (plugged.TryGetValue(name, out RemoteDriver? known)) return known;
        RemoteDriver found = await RemoteDriver.OpenAsync(options.Host, name, PlaceOf(name), cancel).ConfigureAwait(false);
        plugged.Add(name, found);
        return found;
    }

    private async ValueTask<RemoteIpam> IpamAsync(string name, CancellationToken cancel)
    {
        if (ipams.TryGetValue(name, out RemoteIpam? known)) return known;
        RemoteIpam found = await RemoteIpam.OpenAsync(name, PlaceOf(name), cancel).ConfigureAwait(false);
        try
        {
            if (found.Forgets) await RemindAsync(found, cancel).ConfigureAwait(false);
        }
        catch
        {
            found.Dispose();
            throw;
        }
        ipams.Add(name, found);
        return found;
    }

    private string PlaceOf(string plugin)
    {
        string? place;
        try
        {
            place = options.Plugins.Find(plugin);
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.InvalidArgument)
        {
            place = null;
        }
        return place ?? throw new KeelsonException(ErrorKind.NotFound, $"could not find plugin {plugin} in v1 plugin registry: plugin not found");
    }

    /// <summary>Tells of networks whose plug-in is not there. It need not be at the start: some plug-ins are containers.</summary>
    private void Miss(NetworkRecord network)
    {
        foreach (string name in ((string[])[drivers.ContainsKey(network.Driver) ? "" : network.Driver, IsLocal(network) ? "" : network.IpamDriver]).Distinct(StringComparer.Ordinal))
        {
            if (name.Length == 0 || network.IsConfiguration) continue;
            try
            {
                PlaceOf(name);
            }
            catch (KeelsonException e)
            {
                trouble($"network {network.Name} cannot be used until its plug-in is there: {e.FullMessage}");
            }
        }
    }
}
