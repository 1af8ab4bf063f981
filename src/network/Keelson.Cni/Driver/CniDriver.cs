using System.Globalization;
using System.Net;
using System.Text;
using Keelson.Cni.Client;
using Keelson.Linux;
using Keelson.Netlink;
using Keelson.Network.Control;
using Keelson.Network.Ipam;
using Keelson.Network.Records;
using Keelson.Network.Sandboxes;

namespace Keelson.Cni.Driver;

/// <summary>Networks that CNI plug-ins lay: each container's end is theirs to make, with its addresses.</summary>
public sealed class CniDriver : INetworkDriver
{
    /// <summary>The option of a network that says which one it is: a name, or the absolute path of a file. Without it, it is the network's own name.</summary>
    public const string NetworkOption = "conflist";

    /// <summary>The option of an end that gives plug-ins arguments: <c>NAME=VALUE;NAME=VALUE</c>.</summary>
    public const string ArgumentsOption = "com.keelson.cni.args";

    private readonly CniDriverOptions options;
    private readonly CniClient client;
    private readonly RecordFolder<AttachmentRecord> files;
    private readonly Action<string> trouble;
    private readonly Lock gate = new();
    private readonly Dictionary<string, AttachmentRecord> attachments = new(StringComparer.Ordinal);

    /// <summary>Reads what was laid before.</summary>
    /// <param name="host">The host's network namespace.</param>
    /// <param name="folder">Where results are kept, also when the machine starts anew: addresses of plug-ins outlive that.</param>
    /// <param name="options">How.</param>
    /// <param name="trouble">Hears of what could not be taken away.</param>
    /// <exception cref="LinuxException">The folder cannot be read.</exception>
    public CniDriver(NetworkPlace host, string folder, CniDriverOptions options, Action<string> trouble)
    {
        ArgumentNullException.ThrowIfNull(options);
        (this.options, this.trouble) = (options, trouble);
        client = new(options.Directories, host, options.Patience);
        files = new(folder, AttachmentJson.Default.AttachmentRecord, new Disk(), isDurable: true);
        foreach (AttachmentRecord record in files.Load(file => trouble($"{file} holds no record, and is left where it is"))) attachments[record.EndpointId] = record;
    }

    /// <inheritdoc/>
    public string Name => "cni";

    /// <inheritdoc/>
    public bool HasAddresses => true;

    /// <inheritdoc/>
    public bool ChoosesAddresses => true;

    /// <inheritdoc/>
    public bool PublishesAtJoin => true;

    /// <inheritdoc/>
    public bool LimitsBandwidth => true;

    /// <inheritdoc/>
    public void Check(NetworkRecord network) => client.Check(Find(network));

    /// <inheritdoc/>
    public ValueTask LayAsync(NetworkRecord network, CancellationToken cancel) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public ValueTask RemoveAsync(NetworkRecord network, CancellationToken cancel) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public async ValueTask<EndpointRecord> JoinAsync(NetworkRecord network, EndpointRecord endpoint, SandboxRecord sandbox, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(endpoint);
        ArgumentNullException.ThrowIfNull(sandbox);
        CniNetwork found = Find(network);
        AttachmentRecord record = new()
        {
            EndpointId = endpoint.Id,
            Network = Encoding.UTF8.GetString(found.Text.Span),
            ContainerId = sandbox.ContainerId,
            Namespace = sandbox.Path,
            Device = endpoint.Device,
            Arguments = ArgumentsOf(endpoint),
            Capabilities = CniWishes.Of(found, endpoint, sandbox),
        };
        Keep(record);
        try
        {
            ReadOnlyMemory<byte> result = await client.AddAsync(found, AttachmentOf(record, record.Namespace), cancel).ConfigureAwait(false);
            if (result.IsEmpty) throw new CniException(CniErrorCode.CannotDecode, $"CNI plug-in {found.Plugins[^1].Type}: ADD: it wrote no result");
            Keep(record = record with { Result = Encoding.UTF8.GetString(result.Span) });
            return Place(endpoint, sandbox, CniResultText.Read(result));
        }
        catch
        {
            // What failed is what is told.
            await TryTakeAwayAsync(record, CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask LeaveAsync(NetworkRecord network, EndpointRecord endpoint, SandboxRecord sandbox, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        AttachmentRecord? record;
        lock (gate) record = attachments.GetValueOrDefault(endpoint.Id);
        // Nothing was made of an end that is not known.
        if (record is not null) await TakeAwayAsync(record, cancel).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask LeadAsync(NetworkRecord network, EndpointRecord endpoint, SandboxRecord sandbox, bool isIpv6, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        ArgumentNullException.ThrowIfNull(sandbox);
        if ((isIpv6 ? endpoint.Gateway6 : endpoint.Gateway4) is not { } gateway) return ValueTask.CompletedTask;
        using FdHandle place = SandboxNamespace.Open(sandbox.Path);
        using (RouteSocket inside = RouteSocket.Open(place))
        {
            // A route that the plug-in has made alone stays as it made it.
            List<RouteMessage> ways = [.. inside.ListRoutes().Where(route => route.Table == RouteMessage.MainTable && route.Destination.PrefixLength == 0 && route.Destination.IsIpv6 == isIpv6 && route.Gateway is not null)];
            if (ways is [{ } only] && only.LinkIndex == inside.FindLink(endpoint.Device)?.Index) return ValueTask.CompletedTask;
        }
        SandboxDevice.Lead(endpoint.Device, gateway, place);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask PublishAsync(NetworkRecord network, IReadOnlyList<Network.PublishedPort> added, IReadOnlyList<Network.PublishedPort> removed, CancellationToken cancel) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public Task DisturbedAsync(CancellationToken cancel) => Task.Delay(Timeout.InfiniteTimeSpan, cancel);

    /// <inheritdoc/>
    public ValueTask RestoreAsync(IReadOnlyList<NetworkRecord> networks, IReadOnlyList<(NetworkRecord Network, Network.PublishedPort Port)> ports, CancellationToken cancel) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public async ValueTask ReclaimAsync(IReadOnlySet<string> endpointIds, CancellationToken cancel)
    {
        List<AttachmentRecord> left;
        lock (gate) left = [.. attachments.Values.Where(record => !endpointIds.Contains(record.EndpointId))];
        // An engine that starts waits for one plug-in that hangs, and not for it once for each container that was.
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(options.Patience);
        foreach (AttachmentRecord record in left) await TryTakeAwayAsync(record, limit.Token).ConfigureAwait(false);
    }

    private CniNetwork Find(NetworkRecord network) => options.Directories.FindNetwork(network.Options.GetValueOrDefault(NetworkOption) is { Length: > 0 } named ? named : network.Name);

    private async Task TakeAwayAsync(AttachmentRecord record, CancellationToken cancel)
    {
        string place = File.Exists(record.Namespace) ? record.Namespace : "";
        await client.DeleteAsync(CniNetwork.Read(Encoding.UTF8.GetBytes(record.Network)), AttachmentOf(record, place), Encoding.UTF8.GetBytes(record.Result), cancel).ConfigureAwait(false);
        files.Remove(record.EndpointId);
        lock (gate) attachments.Remove(record.EndpointId);
    }

    private async Task TryTakeAwayAsync(AttachmentRecord record, CancellationToken cancel)
    {
        try
        {
            await TakeAwayAsync(record, cancel).ConfigureAwait(false);
        }
        catch (Exception e) when (e is KeelsonException or OperationCanceledException)
        {
            trouble($"container {record.ContainerId} could not be taken from its CNI network, which is tried again at the next start: {(e as KeelsonException)?.FullMessage ?? "there was no time left"}");
        }
    }

    private void Keep(AttachmentRecord record)
    {
        files.Save(record.EndpointId, record);
        lock (gate) attachments[record.EndpointId] = record;
    }

    private static CniAttachment AttachmentOf(AttachmentRecord record, string place) => new()
    {
        ContainerId = record.ContainerId, Namespace = place, Device = record.Device, Arguments = record.Arguments, Capabilities = record.Capabilities,
    };

    /// <summary>What plug-ins are told by <c>CNI_ARGS</c>: an address and a hardware address as well, for those that take no capability for them.</summary>
    private static Dictionary<string, string> ArgumentsOf(EndpointRecord endpoint)
    {
        Dictionary<string, string> arguments = new() { ["IgnoreUnknown"] = "1" };
        if (endpoint.Ipv4 is { } wanted) arguments["IP"] = wanted.ToString();
        if (endpoint.HardwareAddress.Length > 0) arguments["MAC"] = CniWishes.Hardware(endpoint.HardwareAddress);
        foreach (string argument in (endpoint.Options.GetValueOrDefault(ArgumentsOption) ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries))
            arguments[argument.Split('=') is [{ Length: > 0 } name, _] ? name : throw new CniException(CniErrorCode.InvalidConfiguration, $"endpoint option {ArgumentsOption}: '{argument}' is not of the form NAME=VALUE")] = argument.Split('=')[1];
        return arguments;
    }

    /// <summary>An end as plug-ins have made it.</summary>
    private static EndpointRecord Place(EndpointRecord endpoint, SandboxRecord sandbox, CniResult result)
    {
        // Results name the devices of the host as well; addresses without a device are the container's.
        int[] inside = [.. Enumerable.Range(0, result.Interfaces.Count).Where(i => result.Interfaces[i].Sandbox.Length > 0)];
        CniInterface? device = inside.Select(i => result.Interfaces[i]).FirstOrDefault(own => own.Name == endpoint.Device) ?? inside.Select(i => result.Interfaces[i]).FirstOrDefault();
        List<CniAddress> addresses = [.. result.Addresses.Where(address => address.Interface is not { } place || inside.Contains(place))];
        CniAddress? ipv4 = addresses.FirstOrDefault(address => !address.Address.IsIpv6), ipv6 = addresses.FirstOrDefault(address => address.Address.IsIpv6);
        foreach ((IPAddress? wanted, CniAddress? got) in ((IPAddress?, CniAddress?)[])[(endpoint.Ipv4, ipv4), (endpoint.Ipv6, ipv6)])
            if (wanted is not null && !wanted.Equals(got?.Address)) throw new CniException(CniErrorCode.NoAddress, $"container {sandbox.ContainerId}: CNI plug-ins gave it {got?.Address.ToString() ?? "no address"}, and {wanted} is asked for");
        return endpoint with
        {
            Device = device?.Name ?? endpoint.Device,
            Ipv4 = ipv4?.Address,
            PrefixLength4 = ipv4?.PrefixLength ?? 0,
            Gateway4 = WayOut(result, ipv4, isIpv6: false),
            Ipv6 = ipv6?.Address,
            PrefixLength6 = ipv6?.PrefixLength ?? 0,
            Gateway6 = WayOut(result, ipv6, isIpv6: true),
            HardwareAddress = HardwareOf(device, endpoint, sandbox),
            NameServers = [.. result.Dns.NameServers.Select(server => IPAddress.TryParse(server, out IPAddress? address) ? address : null).OfType<IPAddress>()],
            SearchDomains = result.Dns.Search.Count > 0 ? result.Dns.Search : result.Dns.Domain.Length > 0 ? [result.Dns.Domain] : [],
        };
    }

    /// <summary>By whom a container reaches elsewhere: only where there is a route that says so.</summary>
    private static IPAddress? WayOut(CniResult result, CniAddress? address, bool isIpv6) =>
        result.Routes.FirstOrDefault(route => route.Destination.PrefixLength == 0 && route.Destination.IsIpv6 == isIpv6) is { } route ? route.Gateway ?? address?.Gateway : null;

    /// <summary>The device's own address, be it said or not: the container's device has one in any case.</summary>
    private static string HardwareOf(CniInterface? device, EndpointRecord endpoint, SandboxRecord sandbox)
    {
        string said = (device?.HardwareAddress ?? "").Replace(":", "", StringComparison.Ordinal).ToUpperInvariant();
        if (said.Length > 0 && said.All(char.IsAsciiHexDigit) && said.Length % 2 == 0) return said;
        using FdHandle place = SandboxNamespace.Open(sandbox.Path);
        using RouteSocket inside = RouteSocket.Open(place);
        LinkMessage made = inside.FindLink(device?.Name ?? endpoint.Device)
            ?? throw new CniException(CniErrorCode.CannotDecode, string.Create(CultureInfo.InvariantCulture, $"container {sandbox.ContainerId}: CNI plug-ins made no device {device?.Name ?? endpoint.Device}"));
        return Convert.ToHexString(made.HardwareAddress.Span);
    }
}
