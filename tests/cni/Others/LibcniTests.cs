using Keelson.Network.Tests;

namespace Keelson.Cni.Tests.Others;

/// <summary>Our plug-in asked by libcni, the library that engines ask plug-ins with: Debian's sources, and a program of a page.</summary>
public sealed class LibcniTests : IDisposable
{
    private readonly Lab? lab = Needs.Missing(Need.Root) is null ? new() : null;

    public void Dispose() => lab?.Dispose();

    [RootFact]
    public async Task Libcni_adds_checks_and_deletes_ours_in_a_chain()
    {
        Build();
        string file = lab!.Folder + "/net.conflist";
        File.WriteAllText(file, $$"""
            {"cniVersion":"1.0.0","name":"lib","plugins":[
              {"type":"keelson","stateDir":"{{lab.State}}","ipam":{"subnet":"10.50.0.0/24"},"capabilities":{"portMappings":true,"ips":true,"mac":true} },{"type":"tuning"}]}
            """);
        Place one = lab.Make("c1");
        File.CreateSymbolicLink(lab.Folder + "/bin/tuning", Lab.Plugins + "/tuning");
        Assert.Contains("portMappings", Ask("VALIDATE", file).Succeeds().Stdout, StringComparison.Ordinal);
        string added = Ask("ADD", file, """{"portMappings":[{"hostPort":8080,"containerPort":80,"protocol":"tcp"}],"ips":["10.50.0.9/24"],"mac":"02:00:00:00:00:09"}""").Succeeds().Stdout;
        Assert.Equal("10.50.0.9/24", Lab.Json(added).GetProperty("ips")[0].GetProperty("address").GetString());
        one.ServeTcp(80);
        Assert.NotNull(await lab.Host.AskAsync("127.0.0.1", 8080));
        Ask("CHECK", file).Succeeds();
        one.Ip("address del 10.50.0.9/24 dev eth0");
        Ask("CHECK", file).Fails("has no address 10.50.0.9");
        Ask("ADD", file).Fails("DEL comes before the next ADD");
        Ask("DEL", file).Succeeds();
        Ask("DEL", file).Succeeds();
        Assert.Equal("||", lab.Left());
    }

    private void Build() => ChildProcess.Run(["go", "build", "-o", lab!.Folder + "/libcni", Repository.Root + "/tests/cni/Others/libcni/main.go"], new()
    {
        Environment = new Dictionary<string, string> { ["GO111MODULE"] = "off", ["GOPATH"] = "/usr/share/gocode", ["GOCACHE"] = lab.Folder + "/gocache", ["CGO_ENABLED"] = "0" },
        Limit = TimeSpan.FromSeconds(120),
    }).Succeeds();

    private CommandResult Ask(string command, string file, string capabilities = "{}")
    {
        Dictionary<string, string> environment = lab!.Variables("", "c1");
        environment["CNI_PATH"] = lab.Folder + "/bin";
        environment["CNI_CACHE"] = lab.Folder + "/cache";
        return ChildProcess.Run(["nsenter", "--net=" + lab.PathOf("host"), lab.Folder + "/libcni", command, file, "c1", lab.PathOf("c1"), "eth0", capabilities], new() { Environment = environment });
    }
}
