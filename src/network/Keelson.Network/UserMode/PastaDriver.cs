using System.Globalization;
using System.Net;
using Keelson.Linux;
using Keelson.Network.Control;
using Keelson.Network.Records;
using Keelson.Network.Sandboxes;

namespace Keelson.Network.UserMode;

/// <summary>Networks without any device, rule or address on the host: for each container a process of pasta passes on what it sends, as connections of an ordinary program. So whoever is not root has networks, too.</summary>
/// <remarks>
/// Containers of such a network reach what the engine's user reaches, but for the host's loopback device, and not each other. Published ports are passed on by this process, from within the container's namespace.
/// The process goes on when the engine ends, and ends with the namespace. passt.top, pasta(1).
/// </remarks>
/// <param name="host">Where connections leave from.</param>
/// <param name="folder">A directory for the files that tell the processes, which is empty when the machine starts.</param>
/// <param name="program">The program: a path, or a name that is looked for.</param>
public sealed class PastaDriver(NetworkPlace host, string folder, string program = PastaDriver.ProgramName) : INetworkDriver
{
    /// <summary>What the program is called.</summary>
    public const string ProgramName = "pasta";

    private const string MtuOption = "com.docker.network.driver.mtu";

    /// <summary>The longest packets that the kernel takes at once: there is no line that they have to go over.</summary>
    private const uint LongestMtu = 65_520, ShortestMtu = 1280;

    /// <inheritdoc/>
    public string Name => "pasta";

    /// <inheritdoc/>
    public bool HasAddresses => true;

    /// <inheritdoc/>
    public PortPassing Passing(NetworkRecord network) => PortPassing.FromContainer;

    /// <inheritdoc/>
    public void Check(NetworkRecord network)
    {
        ArgumentNullException.ThrowIfNull(network);
        if (network.IsInternal) throw new KeelsonException(ErrorKind.InvalidArgument, $"network {network.Name}: a network of driver pasta is a way out and nothing else, so none is internal");
        if (!network.HasIpv4) throw new KeelsonException(ErrorKind.InvalidArgument, $"network {network.Name}: a network of driver pasta has IPv4");
        foreach (string option in network.Options.Keys)
            if (option != MtuOption) throw new KeelsonException(ErrorKind.InvalidArgument, $"network {network.Name}: driver pasta has no option {option}");
        MtuOf(network);
    }

    /// <inheritdoc/>
    public ValueTask LayAsync(NetworkRecord network, CancellationToken cancel)
    {
        PastaProcess.Find(program);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask RemoveAsync(NetworkRecord network, CancellationToken cancel) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public async ValueTask<EndpointRecord> JoinAsync(NetworkRecord network, EndpointRecord endpoint, SandboxRecord sandbox, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(endpoint);
        ArgumentNullException.ThrowIfNull(sandbox);
        PastaProcess process = ProcessOf(endpoint);
        try
        {
            await process.StartAsync(host, [.. Arguments(network, endpoint), "--netns", sandbox.Path], cancel).ConfigureAwait(false);
            using FdHandle place = SandboxNamespace.Open(sandbox.Path);
            SandboxDevice.Set(endpoint.Device, endpoint.Ipv6 is not null, endpoint.Sysctls.Select(setting => (setting.Key, setting.Value)), place);
        }
        catch
        {
            process.End();
            throw;
        }
        return endpoint;
    }

    /// <inheritdoc/>
    public ValueTask LeaveAsync(NetworkRecord network, EndpointRecord endpoint, SandboxRecord sandbox, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        ProcessOf(endpoint).End();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask LeadAsync(NetworkRecord network, EndpointRecord endpoint, SandboxRecord sandbox, bool isIpv6, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(endpoint);
        ArgumentNullException.ThrowIfNull(sandbox);
        using FdHandle place = SandboxNamespace.Open(sandbox.Path);
        SandboxDevice.Lead(endpoint.Device, GatewayOf(network, isIpv6), place);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask PublishAsync(NetworkRecord network, IReadOnlyList<PublishedPort> added, IReadOnlyList<PublishedPort> removed, CancellationToken cancel) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public Task DisturbedAsync(CancellationToken cancel) => Task.Delay(Timeout.InfiniteTimeSpan, cancel);

    /// <inheritdoc/>
    public ValueTask RestoreAsync(IReadOnlyList<NetworkRecord> networks, IReadOnlyList<(NetworkRecord Network, PublishedPort Port)> ports, CancellationToken cancel) => ValueTask.CompletedTask;

    /// <summary>What pasta is told of an end. It finds neither the host's loopback device nor ports by itself: who gets where is said here and by published ports alone.</summary>
    internal static List<string> Arguments(NetworkRecord network, EndpointRecord endpoint)
    {
        List<string> arguments =
        [
            "--config-net", "--ns-ifname", endpoint.Device, "--ns-mac-addr", MacOf(endpoint), "--mtu", MtuOf(network).ToString(CultureInfo.InvariantCulture),
            "--no-map-gw", "--tcp-ports", "none", "--udp-ports", "none", "--tcp-ns", "none", "--udp-ns", "none", "--no-dhcp", "--no-dhcpv6", "--no-ra",
            "--address", endpoint.Ipv4!.ToString(), "--netmask", network.Addresses(isIpv6: false)!.Subnet!.Value.PrefixLength.ToString(CultureInfo.InvariantCulture), "--gateway", GatewayOf(network, isIpv6: false).ToString(),
        ];
        if (endpoint.Ipv6 is { } ipv6) arguments.AddRange("--address", ipv6.ToString(), "--gateway", GatewayOf(network, isIpv6: true).ToString());
        else arguments.Add("--ipv4-only");
        return arguments;
    }

    private static IPAddress GatewayOf(NetworkRecord network, bool isIpv6) =>
        network.Addresses(isIpv6)?.Gateway ?? throw new KeelsonException(ErrorKind.InvalidArgument, $"network {network.Name}: it has no gateway");

    private static string MacOf(EndpointRecord endpoint) => string.Join(':', endpoint.HardwareAddress.Chunk(2).Select(digits => new string(digits)));

    private static uint MtuOf(NetworkRecord network) => !network.Options.TryGetValue(MtuOption, out string? text) ? LongestMtu
        : uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint mtu) && mtu is >= ShortestMtu and <= LongestMtu ? mtu
        : throw new KeelsonException(ErrorKind.InvalidArgument, $"network {network.Name}: option {MtuOption}={text}: {ShortestMtu} to {LongestMtu} bytes");

    private PastaProcess ProcessOf(EndpointRecord endpoint) => new(program, $"{folder}/{endpoint.Id}");
}
