using System.Net;
using System.Net.Sockets;
using Keelson.Network.Dns;
using Keelson.Network.Sandboxes;

namespace Keelson.Network.Tests.Dns;

/// <summary>Servers of several containers on one thread, by dig.</summary>
public sealed class DnsLoopTests : IDisposable
{
    private readonly string folder = TestDirectory.Make("loop");
    private readonly List<Place> places = [];

    public void Dispose()
    {
        foreach (Place place in places) place.Dispose();
        TestDirectory.Remove(folder);
    }

    [RootFact]
    public async Task Each_container_is_answered_with_its_own_names_and_one_that_ends_does_not_silence_the_others()
    {
        using DnsLoop loop = new();
        (Place first, DnsServer one) = Start("first", "10.0.0.1", loop);
        (Place second, DnsServer two) = Start("second", "10.0.0.2", loop);
        Assert.Equal(("10.0.0.1", "10.0.0.2"), (Dig(first), Dig(second)));
        await one.DisposeAsync();
        Assert.Equal("10.0.0.2", Dig(second));
        Assert.NotEqual("10.0.0.1", first.Run("dig", "@127.0.0.11", "+short", "+time=1", "+tries=1", "web", "A").Stdout.Trim());
        (Place third, DnsServer three) = Start("third", "10.0.0.3", loop);
        Assert.Equal(("10.0.0.2", "10.0.0.3"), (Dig(second), Dig(third)));
        await two.DisposeAsync();
        await three.DisposeAsync();
    }

    [RootFact]
    public async Task A_container_that_asks_without_end_and_hears_nothing_does_not_silence_the_others()
    {
        using DnsLoop loop = new();
        (Place noisy, DnsServer one) = Start("noisy", "10.0.0.1", loop);
        (Place quiet, DnsServer two) = Start("quiet", "10.0.0.2", loop);
        using CancellationTokenSource stop = new();
        Task noise = Task.Run(() =>
        {
            using Socket socket = new NetworkPlace(noisy.File).Run(() => new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp));
            socket.Connect(DnsServer.Address, 53);
            byte[] question = [0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3, .. "web"u8, 0, 0, 1, 0, 1];
            while (!stop.IsCancellationRequested) socket.Send(question);
        });
        for (int i = 0; i < 5; i++) Assert.Equal("10.0.0.2", Dig(quiet));
        await stop.CancelAsync();
        await noise;
        await one.DisposeAsync();
        await two.DisposeAsync();
    }

    private (Place Place, DnsServer Server) Start(string name, string address, DnsLoop loop)
    {
        Place place = new($"{folder}/{name}");
        places.Add(place);
        place.Ip("link set lo up");
        return (place, new(new NetworkPlace(place.File), new Names(IPAddress.Parse(address)), () => [], loop));
    }

    private static string Dig(Place place) => place.Run("dig", "@127.0.0.11", "+short", "+notcp", "+time=10", "+tries=1", "web", "A").Stdout.Trim();

    private sealed class Names(IPAddress address) : INameSource
    {
        public IReadOnlyList<IPAddress>? Resolve(string name) => name == "web" ? [address] : null;

        public string? Reverse(IPAddress address) => null;

        public IReadOnlyList<(string Host, ushort Port)>? Service(string name) => null;
    }
}
