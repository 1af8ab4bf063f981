using Keelson.Netlink;

namespace Keelson.Fuzz.Targets;

/// <summary>Datagrams of netlink. The walk ends, and what is read of a message lies in it.</summary>
internal sealed class NetlinkTarget : IFuzzTarget
{
    public string Name => "netlink";

    public void Run(ReadOnlySpan<byte> input)
    {
        MessageReader messages = new(input);
        int read = 0, count = 0;
        while (messages.Read())
        {
            read += messages.Payload.Length;
            // A message has a header of 16 bytes.
            if (read + ++count * 16 > input.Length) throw new InvalidOperationException("more was read than came");
            LinkMessage link = LinkMessage.Parse(messages.Payload);
            if (link.Name.Contains('\0', StringComparison.Ordinal)) throw new InvalidOperationException("a name goes on after its end");
            AddressMessage address = AddressMessage.Parse(messages.Payload);
            if (address.Address.Length > messages.Payload.Length) throw new InvalidOperationException("an address is longer than its message");
            _ = NeighbourMessage.Parse(messages.Payload);
            if (RouteMessage.Parse(messages.Payload) is { } route && route.Destination.PrefixLength > (route.Destination.BaseAddress.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? 128 : 32))
                throw new InvalidOperationException("a network of more bits than an address has");
            Walk(messages.Payload, depth: 0);
        }
    }

    private static void Walk(ReadOnlySpan<byte> attributes, int depth)
    {
        AttributeReader reader = new(attributes);
        while (reader.Read())
        {
            _ = reader.As<ulong>();
            _ = reader.Text;
            if (depth < 8) Walk(reader.Value, depth + 1);
        }
    }
}
