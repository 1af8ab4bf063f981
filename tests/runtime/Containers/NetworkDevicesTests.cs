using Keelson.Runtime.Containers;

namespace Keelson.Runtime.Tests.Containers;

public class NetworkDevicesTests
{
    [Theory]
    [InlineData(null, "eth0", null)]
    [InlineData("kt0", "eth0", null)]
    [InlineData("kt0:one", "eth0", "eth0:one")]
    [InlineData("kt0:a:b", "net12", "net12:a:b")]
    [InlineData("kt0:1234567890", "eth0", "eth0:1234567890")]
    [InlineData("kt0:12345678901", "eth0", null)] // It would have 16 bytes.
    public void The_label_of_an_address_follows_its_device(string? label, string name, string? renamed) => Assert.Equal(renamed, NetworkDevices.Label(label, name));
}
