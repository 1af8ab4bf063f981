using System.Buffers;
using System.Net.Security;
using Keelson.Hosting.Tls;

namespace Keelson.Hosting.Tests;

/// <summary>What a client says first, as the framework's own client says it.</summary>
public sealed class ClientHelloTests
{
    private static async Task<byte[]> SayAsync(string host, params string[] protocols)
    {
        using SaidStream said = new();
        using SslStream client = new(said);
        await Assert.ThrowsAnyAsync<Exception>(() => client.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = host, ApplicationProtocols = [.. protocols.Select(name => new SslApplicationProtocol(name))] }, TestContext.Current.CancellationToken));
        return said.ToArray();
    }

    private static (ClientHello.Look Look, string? Name) See(params byte[][] parts)
    {
        Part? first = null, last = null;
        foreach (byte[] part in parts) last = last is null ? first = new(part, 0) : last = last.Add(part);
        return (ClientHello.See(first is null ? default : new ReadOnlySequence<byte>(first, 0, last!, last!.Memory.Length), out string? name), name);
    }

    [Fact]
    public async Task Who_asks_for_nothing_but_acme_is_an_authority()
    {
        Assert.Equal((ClientHello.Look.Challenge, "one.example"), See(await SayAsync("One.example", "acme-tls/1")));
        Assert.Equal(ClientHello.Look.Other, See(await SayAsync("one.example", "h2", "acme-tls/1")).Look);
        Assert.Equal(ClientHello.Look.Other, See(await SayAsync("one.example", "acme-tls/2")).Look);
        Assert.Equal(ClientHello.Look.Other, See(await SayAsync("one.example")).Look);
        Assert.Equal(ClientHello.Look.Other, See("GET / HTTP/1.1\r\n"u8.ToArray()).Look);
    }

    [Fact]
    public async Task It_is_seen_when_it_is_whole_however_it_comes()
    {
        byte[] hello = await SayAsync("one.example", "acme-tls/1");
        for (int cut = 0; cut < hello.Length; cut++)
        {
            Assert.Equal(ClientHello.Look.More, See(hello[..cut]).Look);
            Assert.Equal((ClientHello.Look.Challenge, "one.example"), See(hello[..cut], hello[cut..]));
        }
        // The same message in two records, and in more than anybody needs.
        byte[] message = hello[5..];
        byte[] Record(byte[] part) => [22, 3, 1, (byte)(part.Length >> 8), (byte)part.Length, .. part];
        Assert.Equal((ClientHello.Look.Challenge, "one.example"), See(Record(message[..7]), Record(message[7..])));
        Assert.Equal(ClientHello.Look.Other, See([.. message.Select(one => Record([one]))]).Look);
    }

    [Fact]
    public async Task Whatever_is_damaged_is_no_fault()
    {
        byte[] hello = await SayAsync("one.example", "acme-tls/1");
        Random random = new(7);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] damaged = [.. hello];
            for (int n = random.Next(1, 4); n > 0; n--) damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            (ClientHello.Look look, string? name) = See(damaged[..random.Next(damaged.Length + 1)]);
            Assert.True(look == ClientHello.Look.Challenge || name is null || look == ClientHello.Look.Other);
        }
    }

    private sealed class Part : ReadOnlySequenceSegment<byte>
    {
        public Part(byte[] bytes, long at) => (Memory, RunningIndex) = (bytes, at);

        public Part Add(byte[] bytes)
        {
            Part next = new(bytes, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }

    /// <summary>Keeps what is written, and ends when something is read.</summary>
    private sealed class SaidStream : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => ValueTask.FromResult(0);
    }
}
