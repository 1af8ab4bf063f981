namespace Keelson.DockerApi.Tests;

/// <summary>Networks of CNI plug-ins by docker's own clients.</summary>
public sealed class CniTests(CniDaemon daemon) : IClassFixture<CniDaemon>
{
    private const string Server = "echo hello > /tmp/index.html; exec httpd -f -p 80 -h /tmp";

    public static TheoryData<string> Clients => [.. DaemonWithClients.Clients];

    [ClientTheory, MemberData(nameof(Clients))]
    public void Containers_run_in_networks_of_plug_ins(string docker)
    {
        string list = daemon.NewName(), net = daemon.NewName(), web = daemon.NewName(), client = daemon.NewName();
        // Each client's bridge has a name and addresses of its own.
        int number = int.Parse(list[1..], System.Globalization.CultureInfo.InvariantCulture);
        Describe(list, $$$"""
            {"type":"bridge","bridge":"cni{{{number}}}","isGateway":true,"ipMasq":true,"dns":{"search":["inner.test"]},"ipam":{"type":"host-local","dataDir":"{{{daemon.Folder}}}/ipam","ranges":[[{"subnet":"10.{{{number}}}.0.0/24"}]],"routes":[{"dst":"0.0.0.0/0"}]},"capabilities":{"ips":true,"mac":true}},
            {"type":"portmap","capabilities":{"portMappings":true},"snat":true}
            """);
        daemon.Docker(docker, "network", "create", "-d", "cni", "-o", "conflist=" + list, net).Succeeds();
        Run(docker, "-d", "--name", web, "--network", net, "-p", $"{9000 + number}:80", "busybox", "sh", "-c", Server).Succeeds();
        string prefix = $"10.{number}.0";
        Assert.Equal($"{prefix}.2/24 {prefix}.1", Inspect(docker, web, "{{range .NetworkSettings.Networks}}{{.IPAddress}}/{{.IPPrefixLen}} {{.Gateway}}{{end}}"));
        Assert.Equal(Inspect(docker, web, "{{range .NetworkSettings.Networks}}{{.MacAddress}}{{end}}"), daemon.Docker(docker, "exec", web, "cat", "/sys/class/net/eth0/address").Succeeds().Text);
        Assert.Contains($"{prefix}.2\t", daemon.Docker(docker, "exec", web, "cat", "/etc/hosts").Stdout, StringComparison.Ordinal);
        Assert.Contains("search inner.test", daemon.Docker(docker, "exec", web, "cat", "/etc/resolv.conf").Stdout, StringComparison.Ordinal);
        Assert.Contains($"{prefix}.2/24", daemon.Docker(docker, "network", "inspect", net).Succeeds().Stdout, StringComparison.Ordinal);
        // Names are known as in any network.
        daemon.AwaitServer(docker, web);
        Assert.Equal("hello", Run(docker, "--rm", "--name", client, "--network", net, "--ip", prefix + ".77", "busybox", "wget", "-qO-", $"http://{web}/").Succeeds().Text);
        Assert.Equal("hello", daemon.OnHost("curl", "-sf", "-m", "10", $"http://{prefix}.1:{9000 + number}/").Succeeds().Text);
        Run(docker, "--rm", "--network", net, "--ip", prefix + ".2", "busybox", "true").Fails("CNI plug-in bridge: ADD");
        // The successor of a daemon that was killed takes the container out as it had joined.
        daemon.KillAndRestart();
        daemon.Docker(docker, "network", "rm", net).Fails("has active endpoints");
        daemon.Docker(docker, "rm", "-f", web).Succeeds();
        Assert.DoesNotContain(Directory.GetFiles($"{daemon.Folder}/ipam/{list}").Select(Path.GetFileName), name => name!.StartsWith("10.", StringComparison.Ordinal));
        daemon.Docker(docker, "network", "rm", net).Succeeds();
    }

    [ClientTheory, MemberData(nameof(Clients))]
    public void What_plug_ins_say_is_told(string docker)
    {
        string net = daemon.NewName();
        daemon.Docker(docker, "network", "create", "-d", "cni", net).Fails($"CNI network {net}: no file in");
        daemon.Docker(docker, "network", "create", "-d", "cni", "-o", "conflist=../x", net).Fails("neither a name nor the absolute path of a file");
        Describe(net, """{"type":"absent"}""");
        daemon.Docker(docker, "network", "create", "-d", "cni", net).Fails("CNI plug-in absent: it is in none of");
        Describe(net, """{"type":"bridge","bridge":"cnix","ipam":{"type":"host-local"}}""");
        daemon.Docker(docker, "network", "create", "-d", "cni", net).Succeeds();
        Run(docker, "--rm", "--network", net, "busybox", "true").Fails("CNI plug-in bridge: ADD");
        Run(docker, "--rm", "--network", net, "-p", "80", "busybox", "true").Fails("no plug-in of it has the capability portMappings");
        daemon.Docker(docker, "network", "create", "-d", "cni", "--subnet", "10.0.0.0/24", net + "b").Fails("are not chosen here");
        daemon.Docker(docker, "network", "rm", net).Succeeds();
    }

    [DaemonTheory]
    [InlineData("cni_plugin_dirs = [\"relative\"]", "network.cni_plugin_dirs: 'relative' is no absolute path")]
    [InlineData("cni_config_dirs = [\"../net.d\"]", "network.cni_config_dirs: '../net.d' is no absolute path")]
    [InlineData("cni_timeout = 0", "network.cni_timeout")]
    public void What_the_configuration_cannot_say_is_told(string line, string why)
    {
        string folder = daemon.NewPath("config");
        Directory.CreateDirectory(folder);
        File.WriteAllText(folder + "/config.toml", $"[network]\n{line}\n");
        ChildProcess.Run([Repository.PublishedDaemon, "--config", folder + "/config.toml", "--root", folder + "/root", "--state", folder + "/state", "--bridge", "none"]).Fails(why);
    }

    private void Describe(string name, string plugins)
    {
        Directory.CreateDirectory(daemon.Folder + "/net.d");
        File.WriteAllText($"{daemon.Folder}/net.d/{name}.conflist", $$"""{"cniVersion":"1.0.0","name":"{{name}}","plugins":[{{plugins}}]}""");
    }

    private CommandResult Run(string docker, params IReadOnlyList<string> arguments) => daemon.Docker(docker, ["run", "--cgroup-parent", "/" + TestDirectory.Name, .. arguments]);

    private string Inspect(string docker, string name, string format) => daemon.Docker(docker, "inspect", "--format", format, name).Succeeds().Text;
}
