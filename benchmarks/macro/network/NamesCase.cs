using System.Globalization;
using System.Net;
using Keelson.Linux;
using Keelson.Network.Sandboxes;

namespace Keelson.Bench.Network;

/// <summary>Servers of names: keelson's and dockerd's in the container's namespace, aardvark-dns on the bridge, and dnsmasq, which does nothing else, in the namespace of who asks.</summary>
internal sealed class NamesCase(Ground ground, Results results, int rounds, bool hasDockerd)
{
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(1);
    private static readonly IReadOnlyList<string> Names = [.. Enumerable.Range(0, DnsLoad.Names).Select(i => string.Create(CultureInfo.InvariantCulture, $"n{i}"))];

    private sealed record Server(string Name, int Pid, DnsLoad Load);

    public void Run(string name)
    {
        List<Server> servers = [StartKeelson(), StartAardvark(), StartDnsmasq()];
        Docker? docker = hasDockerd ? new(ground) : null;
        try
        {
            if (docker is not null) servers.Add(StartDockerd(docker));
            for (int round = -1; round < rounds; round++)
                for (int i = 0; i < servers.Count; i++)
                {
                    Server server = servers[(i + round + 1) % servers.Count];
                    double before = CpuMilliseconds(server.Pid);
                    DnsLoad.Outcome outcome = server.Load.Run(Length);
                    if (round < 0) continue;
                    double cpu = CpuMilliseconds(server.Pid) - before;
                    results.Of(name, server.Name, "rate", "1/s").Add(outcome.Rate);
                    results.Of(name, server.Name, "question", "us").Add(outcome.Rate == 0 ? double.PositiveInfinity : 1e6 / outcome.Rate);
                    results.Of(name, server.Name, "p50", "us").Add(outcome.MedianMicroseconds);
                    results.Of(name, server.Name, "p99", "us").Add(outcome.P99Microseconds);
                    results.Of(name, server.Name, "CPU of the server", "us").Add(cpu * 1e3 / (outcome.Rate * Length.TotalSeconds));
                    results.Of(name, server.Name, "lost or wrong", "").Add(outcome.Bad);
                }
        }
        finally
        {
            docker?.Dispose();
        }
    }

    private Server StartKeelson()
    {
        string folder = Directory.CreateDirectory(Ground.Folder + "/names").FullName;
        int pid = ground.Spawner.Start(new([Environment.ProcessPath!, NameService.Command, folder]));
        Wait.Until("keelson's server of names: " + ground.Spawner.TakeOutput(), () => File.Exists(folder + "/ready"));
        return new("keelson", pid, new(At($"{folder}/run/netns/{NameService.Client}"), new(Keelson.Network.Dns.DnsServer.Address, 53), "", IPAddress.Parse(NameService.Address)));
    }

    private Server StartAardvark()
    {
        string folder = Directory.CreateDirectory(Ground.Folder + "/nvn").FullName;
        foreach ((string container, string address, IReadOnlyList<string> aliases) in ((string, string, IReadOnlyList<string>)[])[("web", "10.89.0.2", Names), ("asks", "10.89.0.3", [])])
        {
            ground.Place("nvn-" + container).Namespace!.Dispose();
            string file = Ground.Write($"nvn-{container}.json", NetavarkFile.Make(container, address, aliases, 0).Replace("nav0", "nav1", StringComparison.Ordinal).Replace("53ce", "53cf", StringComparison.Ordinal).Replace("10.89.0.", "10.94.0.", StringComparison.Ordinal));
            ground.Must($"{SandboxCase.Netavark} -c {folder} -a /usr/lib/podman/aardvark-dns -f {file} setup /run/netns/nvn-{container}");
        }
        int pid = int.Parse(File.ReadAllText(folder + "/aardvark-dns/aardvark.pid"), CultureInfo.InvariantCulture);
        return new("aardvark", pid, new(At("/run/netns/nvn-asks"), new(IPAddress.Parse("10.94.0.1"), 53), "", IPAddress.Parse("10.94.0.2")));
    }

    private Server StartDnsmasq()
    {
        ground.Place("dnsmasq").Namespace!.Dispose();
        string hosts = Ground.Write("dnsmasq-hosts", $"10.95.0.2 {string.Join(' ', Names)}\n");
        int pid = ground.Spawner.Start(new(["/usr/bin/nsenter", "--net=/run/netns/dnsmasq", "/usr/sbin/dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--user=root", "--pid-file", "--no-resolv", "--no-hosts",
            "--addn-hosts=" + hosts, "--listen-address=127.0.0.1", "--bind-interfaces"]));
        return new("dnsmasq", pid, new(At("/run/netns/dnsmasq"), new(IPAddress.Loopback, 53), "", IPAddress.Parse("10.95.0.2")));
    }

    private static Server StartDockerd(Docker docker)
    {
        docker.Must("network create --subnet 10.96.0.0/24 net");
        docker.Must($"run -d --name web --network net --ip 10.96.0.2 {string.Join(' ', Names.Select(alias => "--network-alias " + alias))} {Docker.Image} sleep 100000");
        docker.Must($"run -d --name asks --network net {Docker.Image} sleep 100000");
        string pid = docker.Must("inspect -f {{.State.Pid}} asks");
        return new("dockerd", docker.Pid, new(At($"/proc/{pid}/ns/net"), new(Keelson.Network.Dns.DnsServer.Address, 53), "", IPAddress.Parse("10.96.0.2")));
    }

    /// <summary>CPU time of a process so far, in milliseconds. proc(5) schedstat, of its threads that live.</summary>
    private static double CpuMilliseconds(int pid) =>
        Directory.EnumerateDirectories($"/proc/{pid}/task").Sum(thread => long.Parse(File.ReadAllText(thread + "/schedstat").Split(' ')[0], CultureInfo.InvariantCulture)) / 1e6;

    /// <summary>A namespace; its file stays open as long as this program runs.</summary>
    private static NetworkPlace At(string path)
    {
        FdHandle file = SandboxNamespace.Open(path);
        return new(file);
    }
}
