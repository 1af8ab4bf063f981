using System.Text.Json;
using System.Text.Json.Nodes;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Netlink.Tests;

/// <summary>A network namespace of a test's own, and what iproute2 says about it.</summary>
internal sealed class NetworkNamespace : IDisposable
{
    private readonly string name = "kn" + Guid.NewGuid().ToString("N")[..8];

    public NetworkNamespace()
    {
        ChildProcess.Run(["ip", "netns", "add", name]).Succeeds();
        File = Files.Open("/run/netns/" + name, OpenFlags.O_RDONLY);
    }

    public FdHandle File { get; }

    public void Dispose()
    {
        File.Dispose();
        ChildProcess.Run(["ip", "netns", "delete", name]).Succeeds();
    }

    /// <summary>Runs <c>ip</c> inside.</summary>
    public string Ip(params string[] arguments) => ChildProcess.Run(["ip", "-n", name, .. arguments]).Succeeds().Stdout;

    /// <summary>Runs <c>nft</c> inside.</summary>
    public string Nft(params string[] arguments) => Run(["nft", .. arguments]).Succeeds().Stdout;

    /// <summary>Runs a program inside.</summary>
    public CommandResult Run(params string[] command) => ChildProcess.Run(["ip", "netns", "exec", name, .. command]);

    /// <summary>Runs many commands of <c>ip</c> at once.</summary>
    public void Batch(IEnumerable<string> commands) =>
        ChildProcess.Run(["ip", "-n", name, "-batch", "-"], new CommandOptions { Input = string.Join('\n', commands) }).Succeeds();

    /// <summary>What <c>ip</c> says about a device; <see langword="null"/> when there is none.</summary>
    public JsonNode? Device(string device) =>
        JsonNode.Parse(Ip("-j", "-d", "address", "show"))!.AsArray().FirstOrDefault(d => (string?)d!["ifname"] == device);

    /// <summary>Names of the devices, in the order of their numbers.</summary>
    public string[] Devices => [.. JsonNode.Parse(Ip("-j", "link"))!.AsArray().Select(d => (string)d!["ifname"]!)];

    /// <summary>The addresses of a device, one text each with all that <c>ip</c> says about it.</summary>
    public string[] Addresses(string device) =>
        [.. Device(device)!["addr_info"]!.AsArray().Where(a => a!.AsObject().Count > 0).Select(a => a!.ToJsonString(JsonSerializerOptions.Default))];
}
