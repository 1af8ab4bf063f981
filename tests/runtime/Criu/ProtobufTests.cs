using Keelson.Protobuf;
using Keelson.Runtime.Criu;

namespace Keelson.Runtime.Tests.Criu;

public class ProtobufTests
{
    [Theory]
    [InlineData(1, 150, "089601")]
    [InlineData(2, 0, "1000")]
    [InlineData(3, -1, "18ffffffffffffffffff01")]
    [InlineData(64, 1, "800401")]
    [InlineData(1, long.MaxValue, "08ffffffffffffffff7f")]
    public void Numbers_are_written_as_the_specification_says(int field, long value, string hex)
    {
        ProtobufWriter writer = new();
        writer.Number(field, value);
        Assert.Equal(hex, Convert.ToHexStringLower(writer.Written));
        ProtobufReader reader = new(writer.Written);
        Assert.True(reader.Next());
        Assert.Equal((field, value), (reader.Field, reader.Number));
        Assert.False(reader.Next());
    }

    [Fact]
    public void Texts_and_messages_have_their_length_before_them()
    {
        ProtobufWriter inner = new(), outer = new();
        inner.Text(2, "testing");
        inner.Text(3, null);
        inner.Switch(4, false);
        outer.Message(3, inner);
        Assert.Equal("1a09120774657374696e67", Convert.ToHexStringLower(outer.Written));
    }

    [Fact]
    public void Fields_of_fixed_size_are_skipped()
    {
        ProtobufReader reader = new([0x09, 1, 2, 3, 4, 5, 6, 7, 8, 0x15, 1, 2, 3, 4, 0x18, 7]);
        Assert.True(reader.Next() && reader.Next() && reader.Next());
        Assert.Equal((3, 7L), (reader.Field, reader.Number));
    }

    [Theory]
    [InlineData("08")]
    [InlineData("0880")]
    [InlineData("120574")]
    [InlineData("12ffffffff7f")]
    [InlineData("0b")]
    [InlineData("08ffffffffffffffffffff")]
    [InlineData("09010203")]
    public void Damaged_messages_are_refused(string hex)
    {
        byte[] message = Convert.FromHexString(hex);
        Assert.Equal(ErrorKind.DataLoss, Assert.Throws<KeelsonException>(() => CriuResponse.Parse(message)).Kind);
    }

    [Fact]
    public void A_notice_has_its_point_and_process()
    {
        CriuResponse response = CriuResponse.Parse(Convert.FromHexString("080610012a110a0c706f73742d726573746f726510ce02"));
        Assert.Equal(new CriuResponse(CriuRequestKind.Notify, true, "post-restore", 334, 0, null), response);
    }
}
