using Keelson.Daemon.Configuration;

namespace Keelson.Api.Tests;

/// <summary>The table <c>docker</c> of the configuration.</summary>
public class DockerConfigTests
{
    [Fact]
    public void Every_key_is_read()
    {
        DockerConfig config = DaemonConfig.Parse("c", """
            [docker]
            address = "/d"
            gid = 5
            authorization_plugins = ["a", "b"]
            authorization_plugin_folder = "/p"
            volume_plugin_folder = "/v"
            audit = "/audit"
            audit_max_bytes = 7
            tcp = "0.0.0.0:2376"
            tls_cert = "/c"
            tls_key = "/k"
            tls_client_ca = "/ca"
            [docker.dashboard]
            address = "[::1]:8375"
            rights = "read-only"
            streams = true
            [[docker.sockets]]
            address = "/ro"
            rights = "read-only"
            mode = "0604"
            gid = 6
            streams = true
            environment = true
            [[docker.sockets]]
            address = "/team"
            label = "team=a=b"
            allow = ["binds", "devices"]
            """).Docker;

        Assert.Equal(("/d", 5u, "/p", "/audit", 7L), (config.Address, config.Gid, config.PluginFolder, config.Audit, config.AuditLimitBytes));
        Assert.Equal("/v", config.VolumePluginFolder);
        Assert.Equal(["a", "b"], config.AuthorizationPlugins);
        Assert.Equal(["0.0.0.0:2376", "/ro", "/team"], config.Sockets.Select(socket => socket.Address));
        Assert.Equal(new DockerTlsConfig("/c", "/k", "/ca"), config.Sockets[0].Tls);
        Assert.False(config.Sockets[0].Rights.IsLimited);
        Assert.Equal(("[::1]:8375", "dashboard", true, true), (config.Dashboard.Address, config.Dashboard.Rights.Socket, config.Dashboard.Rights.IsReadOnly, config.Dashboard.Rights.HasStreams));
        DockerSocketConfig readOnly = config.Sockets[1], team = config.Sockets[2];
        Assert.Equal((0b110_000_100u, 6u, true, true, true), (readOnly.Mode, readOnly.Gid, readOnly.Rights.IsReadOnly, readOnly.Rights.HasStreams, readOnly.Rights.ShowsEnvironment));
        Assert.Equal((0b110_110_000u, 5u, new KeyValuePair<string, string>("team", "a=b")), (team.Mode, team.Gid, team.Rights.Label!.Value));
        Assert.Equal(["binds", "devices"], team.Rights.Allowed);
    }

    [Fact]
    public void There_is_no_dashboard_unless_an_address_is_said()
    {
        Assert.Null(DaemonConfig.Parse("c", "[docker.dashboard]\nrights = \"read-only\"").Docker.Dashboard.Address);
        Assert.Null(DaemonConfig.Parse("c", "").Docker.Dashboard.Address);
        DashboardConfig moved = DaemonConfig.Parse("c", "[docker.dashboard]\nrights = \"read-only\"").Docker.Dashboard.At("127.0.0.1:0");
        Assert.Equal(("127.0.0.1:0", true), (moved.Address, moved.Rights.IsReadOnly));
    }

    [Theory]
    [InlineData("[docker]\ntcp = \"0.0.0.0:2375\"", "docker.tcp: is TCP")]
    [InlineData("[docker]\ntcp = \"0.0.0.0:2375\"\ntls_cert = \"/c\"\ntls_key = \"/k\"", "tls_client_ca: is missing")]
    [InlineData("[docker]\ntls_cert = \"/c\"\ntls_key = \"/k\"\ntls_client_ca = \"/a\"", "there is no tcp")]
    [InlineData("[docker]\naudit = \"relative\"", "not an absolute path")]
    [InlineData("[docker]\nauthorisation_plugins = []", "the key is unknown")]
    [InlineData("[[docker.sockets]]\nrights = \"full\"", "address: is missing")]
    [InlineData("[[docker.sockets]]\naddress = \"127.0.0.1:1\"", "is TCP")]
    [InlineData("[[docker.sockets]]\naddress = \"/a\"\nrights = \"readonly\"", "neither full nor read-only")]
    [InlineData("[[docker.sockets]]\naddress = \"/a\"\nlabel = \"team\"", "is not key=value")]
    [InlineData("[[docker.sockets]]\naddress = \"/a\"\nallow = [\"binds\"]", "for sockets with a label")]
    [InlineData("[[docker.sockets]]\naddress = \"/a\"\nlabel = \"a=b\"\nallow = [\"everything\"]", "is none of privileged")]
    [InlineData("[[docker.sockets]]\naddress = \"/a\"\nstreams = true", "is for sockets with rights")]
    [InlineData("[[docker.sockets]]\naddress = \"/a\"\nmode = \"0999\"", "no octal number")]
    [InlineData("[[docker.sockets]]\naddress = \"/a\"\nreadonly = true", "the key is unknown")]
    [InlineData("[docker.dashboard]\naddress = \"0.0.0.0:8375\"", "docker.dashboard.address: '0.0.0.0:8375' is no address of the loopback device")]
    [InlineData("[docker.dashboard]\naddress = \"/run/dashboard.sock\"", "is no address of the loopback device")]
    [InlineData("[docker.dashboard]\nenabled = true", "the key is unknown")]
    [InlineData("[docker.dashboard]\nallow = [\"binds\"]", "for sockets with a label")]
    public void What_would_open_more_than_it_says_is_refused(string text, string words) =>
        Assert.Contains(words, Assert.Throws<KeelsonException>(() => DaemonConfig.Parse("c", text)).Message, StringComparison.Ordinal);
}
