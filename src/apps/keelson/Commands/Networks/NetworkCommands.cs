using System.Text.Json;
using Keelson.Cli.Creating;
using Keelson.Cli.Listing;
using Keelson.Cli.Parsing;
using Keelson.Cli.Text;
using Keelson.Docker;

namespace Keelson.Cli.Commands.Networks;

/// <summary>The group <c>network</c>.</summary>
internal static class NetworkCommands
{
    private static readonly Listing.Listing Listing = new("ID=NETWORK ID", "Name=NAME", "Driver=DRIVER", "Scope=SCOPE", "IPv6=IPV6", "Internal=INTERNAL", "Labels=LABELS", "CreatedAt=CREATED AT");

    public static Command Create => new("make a network", "[options] NAME",
    [
        Option.Flag("attachable", "containers may join it by hand"),
        Option.List("aux-address", "name=address", "addresses that are taken"),
        Option.Value("d,driver", "driver", "the driver (bridge)"),
        Option.List("gateway", "address", "the gateway of a subnet"),
        Option.Flag("internal", "no way outside"),
        Option.List("ip-range", "range", "the part of a subnet for containers"),
        Option.Value("ipam-driver", "driver", "who gives addresses out"),
        Option.List("ipam-opt", "name=value", "an option of that"),
        Option.Flag("ipv6", "IPv6 too"),
        Option.List("label", "name[=value]", "set a label"),
        Option.List("o,opt", "name=value", "an option of the driver"),
        Option.List("subnet", "range", "a subnet"),
    ], RunCreate)
    { Least = 1, Most = 1 };

    public static Command List => new("list networks", "[options]", [FilterOptions.Option, FilterOptions.Format, Option.Flag("no-trunc", "cut nothing off"), Option.Flag("q,quiet", "IDs alone")], session =>
    {
        bool isShort = !session.Arguments.Flag("no-trunc");
        NetworkResource[] networks = session.Client.ListNetworks(FilterOptions.Of(session.Arguments));
        Listing.Write(session.Arguments.Value("format"), session.Arguments.Flag("quiet") ? "{{.ID}}" : "table {{.ID}}\t{{.Name}}\t{{.Driver}}\t{{.Scope}}", networks.OrderBy(network => network.Name, StringComparer.Ordinal).Select(network => new Row
        {
            Labels = network.Labels,
            ["ID"] = isShort ? Ellipsis.ShortId(network.Id) : network.Id,
            ["Name"] = network.Name,
            ["Driver"] = network.Driver,
            ["Scope"] = network.Scope,
            ["IPv6"] = network.EnableIPv6 ? "true" : "false",
            ["Internal"] = network.Internal ? "true" : "false",
            ["Labels"] = ContainerRows.Labels(network.Labels),
            ["CreatedAt"] = network.Created,
        }));
        return 0;
    })
    { Most = 0 };

    public static Command Diagnose => new("show all that the engine knows of its networks, and what of it is missing", "", [], session =>
    {
        byte[] state = session.Client.DiagnoseNetworksRaw();
        Output.Write(JsonIndent.Apply(state));
        Session.Print("");
        using JsonDocument document = JsonDocument.Parse(state);
        return document.RootElement.GetProperty("Findings").GetArrayLength() > 0 ? ExitCodes.Failed : 0;
    })
    { Most = 0 };

    public static Command Connect => new("let a container join a network", "[options] NETWORK CONTAINER",
        [Option.List("alias", "name", "another name in the network"), Option.List("driver-opt", "name=value", "an option of the driver"), Option.Value("ip", "address", "IPv4 address"), Option.Value("ip6", "address", "IPv6 address"),
            Option.List("link", "container[:alias]", "link to another container"), Option.List("link-local-ip", "address", "link-local address")], session =>
        {
            Arguments arguments = session.Arguments;
            EndpointIPAMConfig addresses = new() { IPv4Address = arguments.Value("ip"), IPv6Address = arguments.Value("ip6"), LinkLocalIPs = arguments.ListOrNull("link-local-ip") };
            EndpointSettings endpoint = new()
            {
                Aliases = arguments.ListOrNull("alias"),
                Links = arguments.ListOrNull("link"),
                DriverOpts = arguments.Has("driver-opt") ? KeyValues.Pairs("driver-opt", arguments.List("driver-opt")) : null,
                IPAMConfig = addresses == new EndpointIPAMConfig() ? null : addresses,
            };
            session.Client.ConnectNetwork(arguments.Words[0], new() { Container = arguments.Words[1], EndpointConfig = endpoint });
            return 0;
        })
    { Least = 2, Most = 2, Completes = "networks" };

    public static Command Disconnect => new("take a container out of a network", "[options] NETWORK CONTAINER", [Option.Flag("f,force", "whatever the container does")], session =>
    {
        session.Client.DisconnectNetwork(session.Arguments.Words[0], new() { Container = session.Arguments.Words[1], Force = session.Arguments.Flag("force") });
        return 0;
    })
    { Least = 2, Most = 2, Completes = "networks" };

    public static Command Remove => new("remove networks", "NETWORK…", [], session => Session.ForEach(session.Arguments.Words, "remove network", name =>
    {
        session.Client.RemoveNetwork(name);
        Session.Print(name);
    }))
    { Least = 1, Completes = "networks" };

    public static Command Prune => new("remove networks that no container uses", "[options]", [FilterOptions.LongOption, Option.Flag("f,force", "do not ask")], session =>
    {
        if (!Confirmation.Get(session, "This will remove all custom networks not used by at least one container.")) return 0;
        NetworksPruneResponse pruned = session.Client.PruneNetworks(FilterOptions.Of(session.Arguments));
        if (pruned.NetworksDeleted is { Length: > 0 } removed) Output.Write($"Deleted Networks:\n{string.Join('\n', removed)}\n\n");
        return 0;
    })
    { Most = 0 };

    private static int RunCreate(Session session)
    {
        Arguments arguments = session.Arguments;
        IReadOnlyList<string> subnets = arguments.List("subnet"), gateways = arguments.List("gateway"), ranges = arguments.List("ip-range");
        if (gateways.Count > subnets.Count || ranges.Count > subnets.Count) throw new UsageException("options --gateway and --ip-range need a --subnet each", exitCode: 1);
        NetworkIpamConfig[] configurations = [.. subnets.Select((subnet, i) => new NetworkIpamConfig
        {
            Subnet = subnet,
            Gateway = i < gateways.Count ? gateways[i] : null,
            IPRange = i < ranges.Count ? ranges[i] : null,
            AuxiliaryAddresses = i == 0 ? KeyValues.Pairs("aux-address", arguments.List("aux-address")) : null,
        })];
        NetworkCreateResponse created = session.Client.CreateNetwork(new()
        {
            Name = arguments.Words[0],
            CheckDuplicate = true,
            Driver = arguments.Value("driver") ?? "bridge",
            EnableIPv6 = arguments.Flag("ipv6"),
            Internal = arguments.Flag("internal"),
            Attachable = arguments.Flag("attachable"),
            Options = KeyValues.Pairs("opt", arguments.List("opt")),
            Labels = KeyValues.Labels(arguments.List("label")),
            IPAM = new() { Driver = arguments.Value("ipam-driver") ?? "default", Options = KeyValues.Pairs("ipam-opt", arguments.List("ipam-opt")), Config = configurations },
        });
        if (created.Warning.Length > 0) Output.Error("WARNING: " + created.Warning);
        Session.Print(created.Id);
        return 0;
    }
}
