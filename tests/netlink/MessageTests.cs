using System.Buffers.Binary;
using CsCheck;
using Keelson.Linux;

namespace Keelson.Netlink.Tests;

public class MessageTests
{
    private const int HeaderBytes = 16;

    [Fact]
    public void A_message_is_a_header_a_fixed_part_and_padded_attributes()
    {
        MessageWriter message = new(new byte[64], type: 16, NetlinkFlags.NLM_F_ACK);
        message.Append(0x01020304);
        message.Attribute(3, "eth0");
        message.Attribute(4, 1500u);
        Assert.Equal(
            "28000000" + "1000" + "0500" + "00000000" + "00000000" // 40 bytes, type 16, REQUEST | ACK, sequence, port
            + "04030201"
            + "0900" + "0300" + "6574683000" + "000000" // 9 bytes and 3 of padding
            + "0800" + "0400" + "DC050000",
            Convert.ToHexString(message.Message));
    }

    [Fact]
    public void An_attribute_that_holds_attributes_counts_them()
    {
        MessageWriter message = new(new byte[64], type: 16);
        int nest = message.BeginNest(18);
        message.Attribute(1, "veth");
        message.EndNest(nest);

        AttributeReader outer = new(message.Message[HeaderBytes..]);
        Assert.True(outer.Read());
        AttributeReader inner = new(outer.Value);
        Assert.True(inner.Read());
        Assert.Equal((18, 1, "veth"), (outer.Type, inner.Type, inner.Text));
        Assert.False(inner.Read());
        Assert.False(outer.Read());
    }

    [Fact]
    public void A_message_that_does_not_fit_is_an_error()
    {
        MessageWriter message = new(new byte[24], type: 16);
        message.Attribute(1, 1u);
        KeelsonException? error = null;
        try
        {
            message.Attribute(2, (byte)1);
        }
        catch (KeelsonException e)
        {
            error = e;
        }
        Assert.Equal("write netlink message: it is longer than 24 bytes", error?.Message);
    }

    [Fact]
    public void Attributes_are_read_as_they_were_written() =>
        Gen.Select(Gen.UShort[0, 0x3fff], Gen.Byte.Array[0, 40]).List[0, 20].Sample(attributes =>
        {
            MessageWriter message = new(new byte[2000], type: 16);
            foreach ((ushort type, byte[] value) in attributes) message.Attribute(type, value);
            AttributeReader reader = new(message.Message[HeaderBytes..]);
            foreach ((ushort type, byte[] value) in attributes)
                if (!reader.Read() || reader.Type != type || !reader.Value.SequenceEqual(value))
                    return false;
            return !reader.Read();
        });

    [Fact]
    public void Any_bytes_can_be_read() => Gen.Byte.Array[0, 200].Sample(bytes =>
    {
        MessageReader messages = new(bytes);
        int total = 0;
        while (messages.Read())
        {
            LinkMessage.Parse(messages.Payload);
            AddressMessage.Parse(messages.Payload);
            total += HeaderBytes + messages.Payload.Length;
        }
        LinkMessage.Parse(bytes);
        AddressMessage.Parse(bytes).ToString();
        return total <= bytes.Length;
    });

    [Fact]
    public void The_bits_beside_an_attributes_kind_are_taken_off()
    {
        AttributeReader reader = new([0x04, 0x00, 0x12, 0x80]);
        Assert.True(reader.Read());
        Assert.Equal(0x12, reader.Type);
    }

    [Fact]
    public void A_message_that_is_longer_than_its_datagram_is_damage()
    {
        byte[] datagram = new byte[20];
        BinaryPrimitives.WriteInt32LittleEndian(datagram, 24);
        MessageReader reader = new(datagram);
        Assert.False(reader.Read());
        Assert.True(reader.IsDamaged);
    }

    [Theory]
    [InlineData(NetlinkFlags.NLM_F_ACK_TLVS | NetlinkFlags.NLM_F_CAPPED, 16, 48)] // The request's header says 48 bytes, and is all that is there of it.
    [InlineData(NetlinkFlags.NLM_F_ACK_TLVS, 48, 48)]
    public void The_kernels_words_about_an_error_follow_the_request(NetlinkFlags flags, int requestBytes, int requestLength)
    {
        byte[] payload = [.. BitConverter.GetBytes(-(int)Errno.EBUSY), .. new byte[requestBytes], 0x09, 0x00, 0x01, 0x00, (byte)'b', (byte)'u', (byte)'s', (byte)'y', 0, 0, 0, 0];
        BinaryPrimitives.WriteInt32LittleEndian(payload.AsSpan(4), requestLength);
        Errno errno = NetlinkSocket.Outcome(new NetlinkHeader { Type = 2, Flags = flags }, payload, out string? detail);
        Assert.Equal((Errno.EBUSY, "busy"), (errno, detail));
    }

    [Fact]
    public void An_outcome_without_attributes_has_no_words()
    {
        Errno errno = NetlinkSocket.Outcome(new NetlinkHeader { Type = 2 }, new byte[20], out string? detail);
        Assert.Equal((Errno.None, null), (errno, detail));
    }

    [Fact]
    public void An_IPv4_address_is_read_with_all_its_attributes()
    {
        byte[] payload =
        [
            2, 24, 0x80, 0, 7, 0, 0, 0,
            8, 0, 1, 0, 192, 0, 2, 2,
            8, 0, 2, 0, 192, 0, 2, 1,
            8, 0, 4, 0, 192, 0, 2, 255,
            8, 0, 3, 0, (byte)'a', (byte)':', (byte)'b', 0,
            8, 0, 8, 0, 0x80, 2, 0, 0,
            8, 0, 9, 0, 5, 0, 0, 0,
            20, 0, 6, 0, 10, 0, 0, 0, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        ];
        AddressMessage address = AddressMessage.Parse(payload);
        Assert.Equal("192.0.2.1/24", address.ToString());
        Assert.Equal((7, AddressScope.RT_SCOPE_UNIVERSE, "a:b", 5u, 10u, 20u), (address.LinkIndex, address.Scope, address.Label, address.RoutePriority, address.PreferredSeconds, address.ValidSeconds));
        Assert.Equal(AddressFlags.IFA_F_PERMANENT | AddressFlags.IFA_F_NOPREFIXROUTE, address.Flags);
        Assert.Equal("C00002FF", Convert.ToHexString(address.Broadcast.Span));
    }
}
