using System.Net;
using Keelson.Linux;
using Keelson.Network.Ipam;
using Keelson.Network.Ports;
using Keelson.Network.Records;

namespace Keelson.Network.Control;

/// <summary>The networks of one engine and who is in them. libnetwork "CNM": networks, endpoints, sandboxes.</summary>
/// <remarks>
/// What is to be made is written down before, and what was removed is struck out after, so a process that is killed leaves nothing that its successor does not know of. One change is made at a time.
/// </remarks>
public sealed partial class NetworkController : IAsyncDisposable
{
    /// <summary>Networks that every engine has, and their drivers; they are not removed.</summary>
    private static readonly (string Name, string Driver)[] Predefined = [("none", "null"), ("host", "host")];

    private readonly ControllerOptions options;
    private readonly Action<string> trouble;
    private readonly Dictionary<string, INetworkDriver> drivers;
    private readonly Disk disk;
    private readonly PortAllocator ports;
    private readonly RecordFolder<NetworkRecord> networkFiles;
    private readonly RecordFolder<SandboxRecord> sandboxFiles;
    private readonly SemaphoreSlim gate = new(1, 1);
    private readonly Dictionary<string, NetworkRecord> networks = new(StringComparer.Ordinal);
    private readonly Func<IReadOnlyList<IPNetwork>> routes;

    private NetworkController(ControllerOptions options, IReadOnlyList<INetworkDriver> drivers, Func<IReadOnlyList<IPNetwork>> routes, Action<string> trouble, Disk disk)
    {
        (this.options, this.routes, this.trouble, this.disk) = (options, routes, trouble, disk);
        this.drivers = drivers.ToDictionary(driver => driver.Name, StringComparer.Ordinal);
        ports = new(options.Host);
        if (options.IsResident) loop = new();
        networkFiles = new(options.StateDirectory + "/networks", RecordJson.Default.NetworkRecord, disk, isDurable: true);
        sandboxFiles = new(options.RunDirectory + "/sandboxes", RecordJson.Default.SandboxRecord, disk, isDurable: false);
    }

    /// <summary>Opens the networks of an engine, and makes of them what they should be.</summary>
    /// <param name="options">Where.</param>
    /// <param name="drivers">Who lays networks.</param>
    /// <param name="routes">Networks that the host has a route to, which are given to nobody.</param>
    /// <param name="isRunning">Whether a container runs; networks of one that does not are taken away.</param>
    /// <param name="trouble">Hears of what is damaged, and of what could not be taken away.</param>
    /// <param name="disk">What changes files.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="KeelsonException">A record cannot be read, or the kernel refuses.</exception>
    public static async Task<NetworkController> OpenAsync(ControllerOptions options, IReadOnlyList<INetworkDriver> drivers, Func<IReadOnlyList<IPNetwork>> routes, Func<string, bool> isRunning, Action<string> trouble,
        Disk? disk = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(drivers);
        NetworkController made = new(options, [.. drivers, .. Predefined.Select(network => new NullDriver(network.Driver))], routes, trouble, disk ?? new Disk());
        try
        {
            await made.RestoreAsync(isRunning, cancel).ConfigureAwait(false);
            return made;
        }
        catch
        {
            await made.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>All networks, by name.</summary>
    public IReadOnlyList<NetworkRecord> List()
    {
        lock (networks) return [.. networks.Values.OrderBy(network => network.Name, StringComparer.Ordinal)];
    }

    /// <summary>A network by its identity, its name, or the beginning of its identity when that is of one alone.</summary>
    /// <exception cref="KeelsonException">NotFound: there is none. InvalidArgument: several begin so.</exception>
    public NetworkRecord Find(string reference)
    {
        ArgumentNullException.ThrowIfNull(reference);
        lock (networks)
        {
            if (networks.TryGetValue(reference, out NetworkRecord? exact)) return exact;
            if (networks.Values.FirstOrDefault(network => network.Name == reference) is { } named) return named;
            List<NetworkRecord> begin = reference.Length == 0 ? [] : [.. networks.Values.Where(network => network.Id.StartsWith(reference, StringComparison.Ordinal))];
            return begin.Count switch
            {
                1 => begin[0],
                0 => throw new KeelsonException(ErrorKind.NotFound, $"network {reference} not found"),
                _ => throw new KeelsonException(ErrorKind.InvalidArgument, $"network {reference} is ambiguous ({begin.Count} matches found based on ID prefix)"),
            };
        }
    }

    /// <summary>Whether a network is every engine's, and is not removed.</summary>
    public static bool IsPredefined(NetworkRecord network)
    {
        ArgumentNullException.ThrowIfNull(network);
        return network.Name == "bridge" || Predefined.Any(other => other.Name == network.Name);
    }

    /// <summary>Makes a network.</summary>
    /// <param name="wish">What is wanted; its identity and time are set here.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="KeelsonException">AlreadyExists: there is one of this name. InvalidArgument: it cannot be so. NotFound: there is no such driver. FailedPrecondition: its addresses are in use. Nothing is left of it.</exception>
    public async Task<NetworkRecord> CreateAsync(NetworkRecord wish, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(wish);
        if (Predefined.Any(other => other.Name == wish.Name)) throw new KeelsonException(ErrorKind.PermissionDenied, $"operation is not permitted on predefined {wish.Name} network");
        await gate.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            return await MakeAsync(wish, cancel).ConfigureAwait(false);
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>Removes a network that nobody is in.</summary>
    /// <exception cref="KeelsonException">NotFound. FailedPrecondition: somebody is in it. PermissionDenied: it is every engine's.</exception>
    public async Task RemoveAsync(string reference, CancellationToken cancel = default)
    {
        await gate.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            NetworkRecord network = Find(reference);
            if (IsPredefined(network)) throw new KeelsonException(ErrorKind.PermissionDenied, $"{network.Name} is a pre-defined network and cannot be removed");
            if (sandboxes.Values.SelectMany(sandbox => sandbox.Endpoints).FirstOrDefault(endpoint => endpoint.NetworkId == network.Id) is not null)
                throw new KeelsonException(ErrorKind.FailedPrecondition, $"network {network.Name} has active endpoints");
            if (List().FirstOrDefault(other => other.ConfigurationFrom == network.Name) is { } user)
                throw new KeelsonException(ErrorKind.FailedPrecondition, $"configuration network {network.Name} is in use by network {user.Name}");
            await DropAsync(network, cancel).ConfigureAwait(false);
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>Takes a network that nobody is in away.</summary>
    private async Task DropAsync(NetworkRecord network, CancellationToken cancel)
    {
        if (!network.IsConfiguration)
        {
            await (await DriverAsync(network.Driver, cancel).ConfigureAwait(false)).RemoveAsync(network, cancel).ConfigureAwait(false);
            Step("removed");
            if (pools.TryGetValue(network.Id, out Dictionary<bool, IAddressSource>? own)) await CloseAsync(network, own).ConfigureAwait(false);
        }
        try
        {
            Forget(network);
        }
        catch
        {
            await TryAsync($"network {network.Name} could not be laid again", () => LayAgainAsync(network)).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Has a network there that is still known, as its record could not be removed for certain.</summary>
    private async Task LayAgainAsync(NetworkRecord network)
    {
        networkFiles.Save(network.Id, network);
        if (!network.IsConfiguration) await (await DriverAsync(network.Driver, CancellationToken.None).ConfigureAwait(false)).LayAsync(network, CancellationToken.None).ConfigureAwait(false);
    }

    private async Task<NetworkRecord> MakeAsync(NetworkRecord wish, CancellationToken cancel)
    {
        CheckName(wish.Name);
        if (List().Any(other => other.Name == wish.Name)) throw new KeelsonException(ErrorKind.AlreadyExists, $"network with name {wish.Name} already exists");
        NetworkRecord network = Configured(wish) with { Id = wish.Id.Length > 0 ? wish.Id : NewId(), Created = options.Time.GetUtcNow() };
        if (network.Scope is not NetworkRecord.LocalScope) throw OutOfScope(network);
        if (network.IsConfiguration)
        {
            foreach (IpamConfig config in network.Ipam) config.Check();
            Keep(network);
            return network;
        }
        INetworkDriver driver = await DriverAsync(network.Driver, cancel).ConfigureAwait(false);
        if (driver.ChoosesAddresses) network = WithoutAddresses(network);
        if (driver is Remote.RemoteDriver { Scope: not NetworkRecord.LocalScope } remote) throw OutOfScope(network with { Scope = remote.Scope });
        if (driver.HasAddresses)
        {
            (network, Dictionary<bool, IAddressSource> chosen) = await ChooseAsync(network, cancel).ConfigureAwait(false);
            pools[network.Id] = chosen;
        }
        try
        {
            driver.Check(network);
            networkFiles.Save(network.Id, network);
            Step("written");
            await driver.LayAsync(network, cancel).ConfigureAwait(false);
            Step("laid");
        }
        catch
        {
            await UndoAsync(network, driver).ConfigureAwait(false);
            throw;
        }
        lock (networks) networks.Add(network.Id, network);
        return network;
    }

    /// <summary>A network whose driver has its addresses from elsewhere.</summary>
    private static NetworkRecord WithoutAddresses(NetworkRecord network)
    {
        if (network.IpamDriver is not (DefaultIpam or NullIpam or "") || network.Ipam.Any(config => config.Subnet is not null))
            throw new KeelsonException(ErrorKind.InvalidArgument, $"network {network.Name}: addresses of driver {network.Driver} are not chosen here, and a subnet or a driver for addresses is asked for");
        return network with { IpamDriver = NullIpam };
    }

    /// <summary>64 hexadecimal digits that nothing else has.</summary>
    private static string NewId() => $"{Guid.NewGuid():N}{Guid.NewGuid():N}";

    /// <summary>Takes away what was made of a network that failed.</summary>
    private async Task UndoAsync(NetworkRecord network, INetworkDriver driver)
    {
        pools.Remove(network.Id, out Dictionary<bool, IAddressSource>? chosen);
        try
        {
            await driver.RemoveAsync(network, CancellationToken.None).ConfigureAwait(false);
            if (chosen is not null) await CloseAsync(network, chosen).ConfigureAwait(false);
            networkFiles.Remove(network.Id);
        }
        catch (KeelsonException e)
        {
            trouble($"network {network.Name} could not be taken away as a whole, and may be there after the next start: {e.FullMessage}");
        }
    }

    private static KeelsonException OutOfScope(NetworkRecord network) => new(ErrorKind.InvalidArgument, $"network {network.Name}: this engine has networks of scope local alone, not {network.Scope}");

    /// <summary>The network with the configuration of the one that it names.</summary>
    private NetworkRecord Configured(NetworkRecord wish)
    {
        if (wish.ConfigurationFrom is not { } name) return wish;
        NetworkRecord from = Find(name);
        if (!from.IsConfiguration) throw new KeelsonException(ErrorKind.InvalidArgument, $"network {name} is no configuration network");
        if (wish.Ipam.Count > 0 || wish.Options.Count > 0) throw new KeelsonException(ErrorKind.InvalidArgument, $"network {wish.Name}: it has its configuration from {name} and options of its own");
        return wish with { Ipam = from.Ipam, IpamDriver = from.IpamDriver, IpamOptions = from.IpamOptions, Options = from.Options, HasIpv4 = from.HasIpv4, HasIpv6 = from.HasIpv6 };
    }

    private void Keep(NetworkRecord network)
    {
        networkFiles.Save(network.Id, network);
        lock (networks) networks.Add(network.Id, network);
    }

    private void Forget(NetworkRecord network)
    {
        networkFiles.Remove(network.Id);
        pools.Remove(network.Id);
        lock (networks) networks.Remove(network.Id);
    }

    private static void CheckName(string name)
    {
        if (name.Length == 0 || !char.IsAsciiLetterOrDigit(name[0]) || name.Length > 255 || name.Any(letter => !char.IsAsciiLetterOrDigit(letter) && letter is not ('_' or '.' or '-')))
            throw new KeelsonException(ErrorKind.InvalidArgument, $"invalid network name '{name}': only letters, digits, '_', '.' and '-', the first of them a letter or digit");
    }
}
