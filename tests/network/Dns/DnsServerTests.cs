using System.Net;
using Keelson.Network.Dns;
using Keelson.Network.Sandboxes;

namespace Keelson.Network.Tests.Dns;

/// <summary>What a container gets that asks 127.0.0.11, by dig; dnsmasq knows the rest of the world.</summary>
public sealed class DnsServerTests : IAsyncLifetime
{
    private readonly string folder = TestDirectory.Make("dns");
    private readonly Names names = new();
    private readonly List<DnsUpstream> upstreams = [];
    private readonly List<ChildProcess> servers = [];
    private Place? container;
    private DnsServer? server;

    public ValueTask InitializeAsync()
    {
        if (Needs.Missing(Need.Root) is { } reason) Assert.Skip(reason);
        container = new(folder + "/container");
        container.Ip("link set lo up");
        server = new(new NetworkPlace(container.File), names, () => upstreams);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        if (server is not null) await server.DisposeAsync();
        foreach (ChildProcess process in servers)
        {
            process.Signal(Linux.Sys.Signals.SIGKILL);
            process.WaitForEnd();
            process.Dispose();
        }
        container?.Dispose();
        TestDirectory.Remove(folder);
    }

    [RootTheory]
    [InlineData("+notcp")]
    [InlineData("+tcp")]
    public void Neighbours_are_known_by_name_and_address(string transport)
    {
        Assert.Equal("172.20.0.2", Dig(transport, "+short", "web", "A"));
        Assert.Equal("fd00::2", Dig(transport, "+short", "WEB.", "AAAA"));
        Assert.Equal("web.net1.", Dig(transport, "+short", "-x", "172.20.0.2"));
        Assert.Equal("web.net1.", Dig(transport, "+short", "-x", "fd00::2"));
        Assert.Equal("0 0 8080 web.net1.", Dig(transport, "+short", "_http._tcp.web", "SRV"));
        // There, and of the other family without an address: nobody is asked for one.
        string none = Dig(transport, "only4", "AAAA"), mail = Dig(transport, "web", "MX");
        foreach (string answer in (string[])[none, mail]) Assert.Contains("status: NOERROR", answer, StringComparison.Ordinal);
        foreach (string answer in (string[])[none, mail]) Assert.Contains("ANSWER: 0", answer, StringComparison.Ordinal);
        Assert.Contains("web.\t\t\t600\tIN\tA\t172.20.0.2", Dig(transport, "web", "A"), StringComparison.Ordinal);
    }

    [RootFact]
    public void Several_addresses_come_in_turn_and_as_many_as_there_is_room_for()
    {
        HashSet<string> first = [];
        for (int i = 0; i < 40; i++) first.Add(Dig("+short", "many", "A").Split('\n')[0]);
        Assert.True(first.Count > 5);
        Assert.Contains("flags: qr aa tc", Dig("+notcp", "+ignore", "+noedns", "many", "A"), StringComparison.Ordinal);
        Assert.Equal(100, Dig("+short", "+tcp", "many", "A").Split('\n').Length);
        Assert.Equal(100, Dig("+short", "+notcp", "+bufsize=4096", "many", "A").Split('\n').Length);
    }

    [RootFact]
    public void Without_a_way_out_what_is_not_known_does_not_exist() => Assert.Contains("status: NXDOMAIN", Dig("example.com", "A"), StringComparison.Ordinal);

    [RootTheory]
    [InlineData("+notcp")]
    [InlineData("+tcp")]
    public void What_is_not_known_here_others_are_asked(string transport)
    {
        upstreams.Add(Upstream("example.com", "192.0.2.7"));
        Assert.Equal("192.0.2.7", Dig(transport, "+short", "example.com", "A"));
        Assert.Equal("\"hello\"", Dig(transport, "+short", "text.example.com", "TXT"));
        Assert.Contains("status: NXDOMAIN", Dig(transport, "absent.example.com", "A"), StringComparison.Ordinal);
        Assert.Equal("172.20.0.2", Dig(transport, "+short", "web", "A"));
    }

    [RootFact]
    public void A_server_that_is_silent_or_not_there_is_passed_over()
    {
        using System.Net.Sockets.Socket silent = new(System.Net.Sockets.AddressFamily.InterNetwork, System.Net.Sockets.SocketType.Dgram, System.Net.Sockets.ProtocolType.Udp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        upstreams.AddRange([new(IPAddress.Parse("127.77.0.1"), IsOfHost: true), new(IPAddress.Loopback, IsOfHost: true) { Port = ((IPEndPoint)silent.LocalEndPoint!).Port }, Upstream("example.com", "192.0.2.7")]);
        Assert.Equal("192.0.2.7", Dig("+short", "+time=20", "example.com", "A"));
        upstreams.RemoveAt(2);
        Assert.Contains("status: SERVFAIL", Dig("+time=20", "example.com", "A"), StringComparison.Ordinal);
    }

    [RootFact]
    public void A_container_that_serves_names_itself_has_port_53_for_itself()
    {
        ChildProcess own = Start("nsenter", $"--net={folder}/container", "dnsmasq", "-k", "-C", "/dev/null", "-R", "-h", "-u", "root", "--pid-file=", "--bind-interfaces", "--except-interface=none", "--address=/own.test/192.0.2.9");
        Condition.Await("dnsmasq", () => own.HasEnded || Dig("@127.0.0.1", "+short", "own.test", "A") == "192.0.2.9");
        Assert.False(own.HasEnded, own.Stderr);
        Assert.Equal("172.20.0.2", Dig("+short", "web", "A"));
    }

    [RootFact]
    public void Rules_that_somebody_removed_are_laid_again()
    {
        container!.Nft("flush", "ruleset");
        Assert.NotEqual("172.20.0.2", Dig("+short", "+time=1", "+tries=1", "web", "A"));
        server!.Lead();
        Assert.Equal("172.20.0.2", Dig("+short", "web", "A"));
    }

    [RootFact]
    public void Messages_that_are_none_do_no_harm()
    {
        foreach (string text in (string[])["", "x", new string('x', 400), "\\0\\0\\0\\0\\0\\001\\0\\0\\0\\0\\0\\0\\300\\014\\0\\001\\0\\001"])
            ChildProcess.Run(["nsenter", $"--net={folder}/container", "sh", "-c", $"printf '{text}' | socat -t 0.1 - UDP4:127.0.0.11:53"]);
        Assert.Equal("172.20.0.2", Dig("+short", "web", "A"));
    }

    private string Dig(params IReadOnlyList<string> arguments)
    {
        string[] at = arguments.Any(argument => argument.StartsWith('@')) ? [] : ["@127.0.0.11"];
        return container!.Run(["dig", .. at, .. arguments]).Stdout.Trim();
    }

    private DnsUpstream Upstream(string name, string address)
    {
        int port = FreePort();
        ChildProcess dnsmasq = Start("dnsmasq", "-k", "-C", "/dev/null", "-R", "-h", "-u", "root", "--pid-file=", $"--port={port}", "--listen-address=127.0.0.1", "--bind-interfaces", $"--host-record={name},{address}", $"--local=/{name}/", $"--txt-record=text.{name},hello");
        Condition.Await("dnsmasq", () => dnsmasq.HasEnded || ChildProcess.Run(["dig", "@127.0.0.1", "-p", $"{port}", "+short", name]).Stdout.Trim() == address);
        Assert.False(dnsmasq.HasEnded, dnsmasq.Stderr);
        return new(IPAddress.Loopback, IsOfHost: true) { Port = port };
    }

    private ChildProcess Start(params IReadOnlyList<string> command)
    {
        ChildProcess started = ChildProcess.Start(command);
        servers.Add(started);
        return started;
    }

    private static int FreePort()
    {
        using System.Net.Sockets.Socket socket = new(System.Net.Sockets.AddressFamily.InterNetwork, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private sealed class Names : INameSource
    {
        private static readonly IPAddress[] Many = [.. Enumerable.Range(1, 100).Select(last => new IPAddress([172, 20, 1, (byte)last]))];

        public IReadOnlyList<IPAddress>? Resolve(string name) => name switch
        {
            "web" or "web.net1" => [IPAddress.Parse("172.20.0.2"), IPAddress.Parse("fd00::2")],
            "only4" => [IPAddress.Parse("172.20.0.3")],
            "many" => Many,
            _ => null,
        };

        public string? Reverse(IPAddress address) => address.ToString() is "172.20.0.2" or "fd00::2" ? "web.net1" : null;

        public IReadOnlyList<(string Host, ushort Port)>? Service(string name) => name == "_http._tcp.web" ? [("web.net1", 8080)] : null;
    }
}
