using Keelson.Guest.Support;
using Keelson.Testing.Labs;

namespace Keelson.Guest.Engine;

/// <summary>The lab of docs/tour/machine.md, which needs a machine with systemd. Row I7.</summary>
[Collection(InstalledEngineCollection.Name)]
public sealed class LabTests : IDisposable
{
    private readonly string directory = TestDirectory.Make("lab");

    public void Dispose()
    {
        // A lab that came to its end has done so itself.
        Machine.Run("dpkg", "--purge", "keelson").Succeeds();
        TestDirectory.Remove(directory);
    }

    [SystemdV2Fact]
    public void The_commands_of_the_machines_lab_do_what_it_says()
    {
        File.CreateSymbolicLink(directory + "/deb", InstalledEngine.Packages);

        Lab.Type("machine.md", directory, "/usr/bin", Machine.Patience);

        Assert.False(Path.Exists("/usr/bin/keelson"));
        Assert.False(Path.Exists("/var/lib/keelson"));
    }
}
