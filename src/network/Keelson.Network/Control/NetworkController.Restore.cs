using System.Net;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Network.Dns;
using Keelson.Network.Records;

namespace Keelson.Network.Control;

/// <content>The start, and what others have changed.</content>
public sealed partial class NetworkController
{
    /// <summary>Lays all rules and bridges anew, when somebody has flushed or removed them.</summary>
    public async Task RestoreAsync(CancellationToken cancel = default)
    {
        await gate.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            await LayAllAsync(cancel).ConfigureAwait(false);
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>Lays anew whatever others take away, until it is stopped: a firewall that is flushed or reloaded costs a moment.</summary>
    public async Task WatchAsync(CancellationToken stop)
    {
        await Task.WhenAll(drivers.Values.Select(WatchAsync)).ConfigureAwait(false);

        async Task WatchAsync(INetworkDriver driver)
        {
            while (!stop.IsCancellationRequested)
            {
                try
                {
                    await driver.DisturbedAsync(stop).ConfigureAwait(false);
                    // Whoever reloads a firewall makes several changes.
                    await Task.Delay(Settling, options.Time, stop).ConfigureAwait(false);
                    await RestoreAsync(stop).ConfigureAwait(false);
                }
                catch (OperationCanceledException) when (stop.IsCancellationRequested)
                {
                    return;
                }
                catch (KeelsonException e)
                {
                    trouble($"networks of driver {driver.Name} could not be laid again, and are tried again in {Retry.TotalSeconds} s: {e.FullMessage}");
                    await Task.Delay(Retry, options.Time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
            }
        }
    }

    private static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(100), Retry = TimeSpan.FromSeconds(1);

    /// <summary>Stops serving names and holding ports; networks and containers stay as they are.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach ((DnsServer server, FdHandle place) in servers.Values)
        {
            await server.DisposeAsync().ConfigureAwait(false);
            place.Dispose();
        }
        servers.Clear();
        loop?.Dispose();
        foreach (Ports.PortProxy proxy in proxies.Values) await proxy.DisposeAsync().ConfigureAwait(false);
        proxies.Clear();
        ports.Dispose();
        foreach (Remote.RemoteDriver driver in plugged.Values) driver.Dispose();
        foreach (Remote.RemoteIpam ipam in ipams.Values) ipam.Dispose();
        gate.Dispose();
    }

    private async Task RestoreAsync(Func<string, bool> isRunning, CancellationToken cancel)
    {
        Files.TryMakeDirectories(options.RunDirectory + "/netns", 0b111_000_000).ThrowIfError("make directory", options.RunDirectory + "/netns");
        foreach (NetworkRecord network in networkFiles.Load(Damaged))
        {
            networks.Add(network.Id, network);
            pools.Add(network.Id, Remembered(network));
            Miss(network);
        }
        foreach ((string name, string driver) in options.IsResident ? Predefined : [])
            if (!List().Any(network => network.Name == name)) await MakeAsync(new() { Id = "", Name = name, Driver = driver, HasIpv4 = false }, cancel).ConfigureAwait(false);
        foreach (SandboxRecord sandbox in sandboxFiles.Load(Damaged))
        {
            sandboxes.Add(sandbox.ContainerId, sandbox);
            foreach (EndpointRecord endpoint in sandbox.Endpoints) Hold(endpoint);
        }
        foreach (NetworkRecord network in List()) await AllowAsync(network).ConfigureAwait(false);
        await LayAllAsync(cancel, isRecalled: !options.IsResident).ConfigureAwait(false);
        foreach (SandboxRecord sandbox in sandboxes.Values.ToList()) await TakeOverAsync(sandbox, isRunning(sandbox.ContainerId)).ConfigureAwait(false);
        HashSet<string> ends = [.. sandboxes.Values.SelectMany(sandbox => sandbox.Endpoints).Select(endpoint => endpoint.Id)];
        foreach (INetworkDriver driver in drivers.Values) await TryAsync($"ends of driver {driver.Name} that are nobody's could not be taken away", () => driver.ReclaimAsync(ends, cancel).AsTask()).ConfigureAwait(false);
    }

    private Task LayAllAsync(CancellationToken cancel, bool isRecalled = false)
    {
        List<(NetworkRecord, PublishedPort)> published = [.. sandboxes.Values.SelectMany(Published).Select(port => (port.Network, port.Port))];
        return Task.WhenAll(drivers.Values.Select(driver =>
        {
            (NetworkRecord[] own, (NetworkRecord, PublishedPort)[] ports) = ([.. List().Where(network => network.Driver == driver.Name && !network.IsConfiguration)], [.. published.Where(port => port.Item1.Driver == driver.Name)]);
            return isRecalled ? driver.RecallAsync(own, ports, cancel).AsTask() : driver.RestoreAsync(own, ports, cancel).AsTask();
        }));
    }

    /// <summary>Goes on with the networks of a container that runs, and takes those of one that does not away.</summary>
    private async Task TakeOverAsync(SandboxRecord sandbox, bool isRunning)
    {
        // Who is not resident finds an end unfinished only where whoever made it was killed, and has told nobody of it.
        if (isRunning && (options.IsResident || sandbox.Endpoints.Count > 0 && !sandbox.Endpoints.Any(end => end.IsUnfinished)))
        {
            foreach (PortRecord port in sandbox.Ports)
            {
                if (!options.IsResident)
                {
                    ports.Remember(port.Protocol, IPAddress.Parse(port.HostAddress), port.HostPort);
                    continue;
                }
                try
                {
                    ports.Take(port.Protocol, [IPAddress.Parse(port.HostAddress)], port.HostPort, port.HostPort);
                }
                catch (KeelsonException e)
                {
                    // While nobody held it. What comes from outside goes to the container all the same.
                    trouble($"port {port.HostPort} of container {sandbox.ContainerId} is published, and a program of the host has it: {e.Message}");
                }
            }
            await PassAsync(sandbox).ConfigureAwait(false);
            Index(null, sandbox);
            if ((Leader(sandbox, isIpv6: false) ?? Leader(sandbox, isIpv6: true)) is { } lead) outside[sandbox.ContainerId] = (lead.Network, lead.Endpoint, sandbox.Ports);
            foreach (EndpointRecord endpoint in sandbox.Endpoints.Where(end => end.IsUnfinished))
                await TryAsync($"container {sandbox.ContainerId} could not be taken from a network", async () => sandbox = await LeaveAsync(sandbox, endpoint, goesOn: true).ConfigureAwait(false)).ConfigureAwait(false);
            Serve(sandbox, UpstreamsOf(sandbox));
            return;
        }
        try
        {
            await CloseAsync(sandbox).ConfigureAwait(false);
        }
        catch (KeelsonException e)
        {
            trouble($"networks of container {sandbox.ContainerId} could not be taken away, and keep their addresses: {e.FullMessage}");
        }
    }

    private void Damaged(string file) => trouble($"{file} holds no record, and is left where it is");
}
