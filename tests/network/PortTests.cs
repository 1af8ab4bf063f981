using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Keelson.Network.Ports;
using Keelson.Network.Sandboxes;

namespace Keelson.Network.Tests;

/// <summary>Published ports: ranges, a container that asks itself, and SCTP.</summary>
public sealed class PortTests
{
    [RootFact]
    public async Task Of_a_range_each_container_gets_a_port_of_its_own_until_there_is_none()
    {
        await using EngineUnderTest engine = await EngineUnderTest.StartAsync();
        await engine.CreateAsync("a");
        PortWish range = new(PublishedPort.Tcp, 80) { FirstPort = 8000, LastPort = 8002 };
        // A program of the host has one of them.
        using Socket taken = new NetworkPlace(engine.Host.File).Run(() => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
        taken.Bind(new IPEndPoint(IPAddress.Any, 8001));
        taken.Listen();
        foreach ((string name, int port) in ((string, int)[])[("one", 8000), ("two", 8002)])
        {
            Place container = await engine.OpenWithAsync(name, [new("a")], range);
            container.ServeTcp(80);
            Assert.Equal(port, engine.Controller.FindSandbox(name)!.Ports[0].HostPort);
            Assert.NotNull(await engine.Host.AskAsync("127.0.0.1", port));
        }
        KeelsonException none = await Assert.ThrowsAsync<KeelsonException>(() => engine.OpenWithAsync("three", [new("a")], range));
        Assert.Contains("8000, [::]:8000-8002/tcp: all ports of the range are already allocated", none.Message, StringComparison.Ordinal);
        // The same number of another protocol is another port.
        await engine.OpenWithAsync("three", [new("a")], range with { Protocol = PublishedPort.Udp });
        await engine.CloseAsync("one");
        await engine.OpenWithAsync("four", [new("a")], range);
        Assert.Equal(8000, engine.Controller.FindSandbox("four")!.Ports[0].HostPort);
    }

    [RootTheory]
    [InlineData("0")]
    [InlineData("1")]
    public async Task A_container_reaches_itself_and_neighbours_by_published_ports_of_both_protocols(string filtersBridges)
    {
        await using EngineUnderTest engine = await EngineUnderTest.StartAsync();
        engine.AddPeer();
        engine.Host.Run("sh", "-c", $"test ! -e /proc/sys/net/bridge || echo {filtersBridges} > /proc/sys/net/bridge/bridge-nf-call-iptables").Succeeds();
        await engine.CreateAsync("a");
        Place web = await engine.OpenWithAsync("web", [new("a")], new PortWish(PublishedPort.Tcp, 80) { FirstPort = 8080, LastPort = 8080 }, new PortWish(PublishedPort.Udp, 53) { FirstPort = 5353, LastPort = 5353 });
        Place near = await engine.OpenAsync("near", "a");
        web.ServeTcp(80);
        web.Serve("UDP4-RECVFROM:53");
        foreach (Place from in (Place[])[web, near])
        {
            foreach (string address in (string[])["198.51.100.1", "172.17.0.1"])
            {
                Assert.NotNull(await from.AskAsync(address, 8080));
                Assert.NotNull(await from.AskAsync(address, 5353, ProtocolType.Udp));
            }
        }
    }

    [RootFact]
    public async Task A_published_port_of_SCTP_leads_to_the_container()
    {
        await using EngineUnderTest engine = await EngineUnderTest.StartAsync();
        Place peer = engine.AddPeer();
        await engine.CreateAsync("a");
        Place web = await engine.OpenWithAsync("web", [new("a")], new PortWish(PublishedPort.Sctp, 3868) { FirstPort = 9899, LastPort = 9899 });
        Assert.Contains("sctp . 9899 : 172.17.0.2 . 3868", engine.Host.Nft("list", "map", "inet", "keelson", "publish4"), StringComparison.Ordinal);
        // The packet alone, which needs no SCTP in the kernel: the first one of an association.
        using ChildProcess receiver = ChildProcess.Start(["nsenter", $"--net={engine.Folder}/run/netns/web", "python3", "-c", Raw + "print('ready', flush=True); print(s.recv(1500).hex())"]);
        Condition.Await("the receiver", () => receiver.HasEnded || receiver.Stdout.Length > 0);
        peer.Run("python3", "-c", Raw + $"s.sendto(bytes.fromhex('{Convert.ToHexString(Init(from: 40_000, to: 9899))}'), ('198.51.100.1', 0))").Succeeds();
        byte[] packet = Convert.FromHexString(receiver.WaitForEnd().Succeeds().Stdout.Split('\n')[1]);
        const int Header = 20;
        Assert.Equal("198.51.100.2", new IPAddress(packet.AsSpan(12, 4)).ToString());
        Assert.Equal(Init(from: 40_000, to: 3868), packet[Header..]);
    }

    [RootFact]
    public async Task No_program_of_the_host_listens_at_a_published_port_and_who_comes_while_rules_are_away_gets_through_later()
    {
        await using EngineUnderTest engine = await EngineUnderTest.StartAsync();
        await engine.CreateAsync("a");
        Place web = await engine.OpenWithAsync("web", [new("a")], new PortWish(PublishedPort.Tcp, 80) { FirstPort = 8080, LastPort = 8080 });
        web.ServeTcp(80);
        foreach (string listen in (string[])["TCP4-LISTEN:8080", "TCP4-LISTEN:8080,reuseaddr", "TCP6-LISTEN:8080,reuseaddr,ipv6only=1"])
            Assert.Contains("Address already in use", engine.Host.Run("socat", "-u", listen, "STDOUT").Stderr, StringComparison.Ordinal);
        engine.Host.Nft("flush", "ruleset");
        Assert.True(await engine.Host.IsRefusedAsync("127.0.0.1", 8080));
        Task<string?> asking = engine.Host.AskAsync("127.0.0.1", 8080);
        await engine.Controller.RestoreAsync(TestContext.Current.CancellationToken);
        Assert.NotNull(await asking);
        await engine.CloseAsync("web");
        // It is free again.
        engine.Host.ServeTcp(8080);
        Assert.NotNull(await engine.Host.AskAsync("127.0.0.1", 8080));
    }

    private const int InitBytes = 32;

    /// <summary>An INIT. RFC 9260 sections 3.1 and 3.3.2.</summary>
    private static byte[] Init(ushort from, ushort to)
    {
        byte[] packet = new byte[InitBytes];
        BinaryPrimitives.WriteUInt16BigEndian(packet, from);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), to);
        // Type 1, its length, a tag, room for 64 KiB, one stream each way, a number.
        byte[] chunk = [1, 0, 0, 20, 0, 0, 0, 7, 0, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 9];
        chunk.CopyTo(packet, 12);
        BinaryPrimitives.WriteUInt32LittleEndian(packet.AsSpan(8), Crc32C.Of(packet));
        return packet;
    }

    /// <summary>A raw socket of protocol 132 in Python.</summary>
    private const string Raw = "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_RAW, 132); ";
}
