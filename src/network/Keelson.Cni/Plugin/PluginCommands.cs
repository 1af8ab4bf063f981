using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Netlink;
using Keelson.Network.Bridge;
using Keelson.Network.Control;
using Keelson.Network.Records;
using Keelson.Network.Sandboxes;

namespace Keelson.Cni.Plugin;

/// <summary>What the plug-in does. A network is made for its first container, and goes with its last.</summary>
/// <param name="call">What is asked for.</param>
/// <param name="config">The network.</param>
/// <param name="addresses">Who chooses addresses; <see langword="null"/>: they are chosen here.</param>
/// <param name="warn">Hears what is no error.</param>
/// <param name="step">Called between the steps of changes.</param>
internal sealed class PluginCommands(PluginCall call, PluginConfig config, PluginAddresses? addresses, Action<string> warn, Action<string>? step)
{
    private const string OwnNamespace = "/proc/self/ns/net";

    /// <summary>Networks of an engine have names of their own that none may have here.</summary>
    private string RecordName => "cni-" + config.Name;

    /// <summary>Does it.</summary>
    /// <returns>What is answered; empty: nothing is.</returns>
    /// <exception cref="KeelsonException">It cannot be done.</exception>
    public Task<byte[]> RunAsync() => call.Command switch
    {
        "ADD" => AddAsync(),
        "DEL" => DeleteAsync(),
        "CHECK" => CheckAsync(),
        "STATUS" => StatusAsync(),
        _ => CollectAsync(),
    };

    private async Task<byte[]> AddAsync()
    {
        RefuseHost();
        // Others' programs run before it is this one's turn: who takes long makes nobody else wait.
        CniResult? given = addresses is null ? null : await addresses.AddAsync().ConfigureAwait(false);
        step?.Invoke("addresses given");
        try
        {
            PluginEngine engine = await PluginEngine.OpenAsync(config, warn, step).ConfigureAwait(false);
            await using (engine) return CniResultText.Write(await AddAsync(engine.Controller, given).ConfigureAwait(false), config.Version);
        }
        catch
        {
            if (addresses is not null) await TryAsync(() => addresses.RunAsync("DEL")).ConfigureAwait(false);
            throw;
        }
    }

    private async Task<CniResult> AddAsync(NetworkController controller, CniResult? given)
    {
        if (controller.FindSandbox(call.Key) is not null) throw new CniException(CniErrorCode.Conflict, $"container {call.ContainerId}: {call.Device} is in a network already, and DEL comes before the next ADD");
        NetworkRecord network = await controller.EnsureAsync(PluginNetwork.Wish(RecordName, config, given)).ConfigureAwait(false);
        try
        {
            await CompleteAsync(controller, network).ConfigureAwait(false);
            SandboxRecord sandbox = await controller.OpenAsync(new()
            {
                ContainerId = call.Key, Namespace = call.Namespace, IsBorrowed = true, HasWayOut = false, Ports = config.Ports,
                Endpoints = [PluginNetwork.End(network, config, call.Device, given)],
            }).ConfigureAwait(false);
            try
            {
                using FdHandle place = SandboxNamespace.Open(call.Namespace);
                List<CniRoute> routes = PluginNetwork.Routes(network, config, given);
                PluginNetwork.Add(routes, network, sandbox.Endpoints[0], place);
                step?.Invoke("routes made");
                return PluginNetwork.Result(network, config, sandbox.Endpoints[0], routes, given, call.Namespace, place);
            }
            catch
            {
                await TryAsync(() => controller.CloseAsync(call.Key)).ConfigureAwait(false);
                throw;
            }
        }
        catch
        {
            await TryAsync(() => DropAsync(controller, network)).ConfigureAwait(false);
            throw;
        }
    }

    private async Task<byte[]> DeleteAsync()
    {
        PluginEngine engine = await PluginEngine.OpenAsync(config, warn, step).ConfigureAwait(false);
        await using (engine)
        {
            NetworkController controller = engine.Controller;
            NetworkRecord? network = FindNetwork(controller);
            if (network is not null)
            {
                if (controller.FindSandbox(call.Key) is { } sandbox && sandbox.Endpoints.All(end => end.NetworkId == network.Id)) await controller.CloseAsync(call.Key).ConfigureAwait(false);
                await DropAsync(controller, network).ConfigureAwait(false);
            }
        }
        // An address is free again when its device is known to be gone.
        if (addresses is not null) await addresses.RunAsync("DEL").ConfigureAwait(false);
        return [];
    }

    private async Task<byte[]> CheckAsync()
    {
        if (config.Previous is not { } previous) throw new CniException(CniErrorCode.InvalidConfiguration, "CHECK: there is no prevResult to compare with");
        PluginEngine engine = await PluginEngine.OpenAsync(config, warn, step).ConfigureAwait(false);
        await using (engine)
        {
            NetworkRecord network = FindNetwork(engine.Controller) ?? throw Missing($"network {config.Name}: it is not laid");
            SandboxRecord? sandbox = engine.Controller.FindSandbox(call.Key);
            if (sandbox?.Endpoints.FirstOrDefault(end => end.NetworkId == network.Id) is not { } endpoint) throw Missing($"container {call.ContainerId}: {call.Device} is not in network {config.Name}");
            // What others have taken of the host's side is there again; what the container has lost is told.
            await engine.Controller.RestoreAsync().ConfigureAwait(false);
            using FdHandle place = OpenNamespace();
            PluginNetwork.Check(network, endpoint, previous, PluginNetwork.Routes(network, config, previous), place);
        }
        if (addresses is not null) await addresses.RunAsync("CHECK").ConfigureAwait(false);
        return [];
    }

    private async Task<byte[]> StatusAsync()
    {
        try
        {
            PluginEngine engine = await PluginEngine.OpenAsync(config, warn, step).ConfigureAwait(false);
            await engine.DisposeAsync().ConfigureAwait(false);
        }
        catch (KeelsonException e) when (CniException.CodeOf(e) != CniErrorCode.TryAgainLater)
        {
            throw new CniException(CniErrorCode.NotAvailable, $"network {config.Name} cannot be laid", e);
        }
        if (addresses is not null) await addresses.RunAsync("STATUS").ConfigureAwait(false);
        return [];
    }

    private async Task<byte[]> CollectAsync()
    {
        HashSet<string> valid = [.. config.ValidAttachments.Select(attachment => PluginCall.KeyOf(attachment.ContainerId, attachment.Device))];
        List<KeelsonException> failures = [];
        PluginEngine engine = await PluginEngine.OpenAsync(config, warn, step).ConfigureAwait(false);
        await using (engine)
            if (FindNetwork(engine.Controller) is { } network)
            {
                foreach ((string key, _) in engine.Controller.Endpoints(network.Id).Where(end => !valid.Contains(end.ContainerId)))
                {
                    try
                    {
                        await engine.Controller.CloseAsync(key).ConfigureAwait(false);
                    }
                    catch (KeelsonException e)
                    {
                        failures.Add(e);
                    }
                }
                await DropAsync(engine.Controller, network).ConfigureAwait(false);
            }
        if (addresses is not null) await addresses.RunAsync("GC").ConfigureAwait(false);
        return failures.Count == 0 ? [] : throw new CniException(CniException.CodeOf(failures[0]), string.Join("; ", failures.Select(failure => failure.FullMessage)));
    }

    /// <summary>Has a network's device be there, when others have removed it.</summary>
    private static async Task CompleteAsync(NetworkController controller, NetworkRecord network)
    {
        if (network.Driver != "bridge") return;
        using RouteSocket socket = RouteSocket.Open();
        if (socket.FindLink(BridgeSettings.DeviceOf(network)) is null) await controller.RestoreAsync().ConfigureAwait(false);
    }

    /// <summary>Takes a network away that nobody is in any more.</summary>
    private static async Task DropAsync(NetworkController controller, NetworkRecord network)
    {
        if (controller.Endpoints(network.Id).Count == 0) await controller.RemoveAsync(network.Id).ConfigureAwait(false);
    }

    private NetworkRecord? FindNetwork(NetworkController controller) => controller.List().FirstOrDefault(network => network.Name == RecordName);

    private FdHandle OpenNamespace()
    {
        Errno errno = Files.TryOpen(call.Namespace, OpenFlags.O_RDONLY, out FdHandle? place);
        return errno == Errno.None ? place! : throw new CniException(CniErrorCode.UnknownContainer, $"network namespace {call.Namespace}", new LinuxException("open", call.Namespace, errno));
    }

    /// <summary>A container's namespace that is the host's would be the host's end of the network.</summary>
    private void RefuseHost()
    {
        using FdHandle place = OpenNamespace();
        Files.TryStatus(place.Fd, out FileStatus status).ThrowIfError("stat", call.Namespace);
        Files.TryStatus(OwnNamespace, out FileStatus own).ThrowIfError("stat", OwnNamespace);
        if ((status.Device, status.Inode) == (own.Device, own.Inode)) throw new CniException(CniErrorCode.InvalidNamespace, $"network namespace {call.Namespace}: it is the host's own");
    }

    private async Task TryAsync(Func<Task> work)
    {
        try
        {
            await work().ConfigureAwait(false);
        }
        catch (KeelsonException e)
        {
            // What led here is what is told.
            warn(e.FullMessage);
        }
    }

    private static CniException Missing(string message) => new(CniErrorCode.Internal, message);
}
