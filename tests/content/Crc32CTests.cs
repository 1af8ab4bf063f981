namespace Keelson.Content.Tests;

/// <summary>The checksum that logs are kept with. RFC 3720 appendix B.4 has the examples.</summary>
public sealed class Crc32CTests
{
    [Fact]
    public void The_digits_have_the_well_known_checksum() => Assert.Equal(0xE3069283, Crc32C.Of("123456789"u8));

    [Fact]
    public void Thirty_two_zeroes_have_the_checksum_of_the_specification() => Assert.Equal(0x8A9136AA, Crc32C.Of(new byte[32]));

    [Fact]
    public void Nothing_has_the_checksum_0() => Assert.Equal(0u, Crc32C.Of([]));
}
