using System.Globalization;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Network.Bridge;
using Keelson.Network.Control;
using Keelson.Network.Ports;
using Keelson.Network.Records;
using Keelson.Network.Sandboxes;

namespace Keelson.Network.Tests;

/// <summary>An engine that is killed, or whose disk fails, at every step of every change: what it was doing is done or undone, and nothing else is left.</summary>
public sealed class KilledTests
{
    /// <summary>Set for the process that is to be killed: the host's folder and the step at which it dies.</summary>
    internal const string ChildVariable = "KEELSON_NETWORK_KILLED";

    /// <summary>Most steps of one life; a life without a fault says how many it has.</summary>
    private const int StepLimit = 400;

    /// <summary>The changes, and whether the container runs while one is made.</summary>
    private static readonly (string Name, bool IsRunning, Func<NetworkController, Task> Run)[] Changes =
    [
        ("create", false, async networks =>
        {
            await networks.CreateAsync(Wish("a") with { HasIpv6 = true });
            await networks.CreateAsync(Wish("b"));
        }),
        ("open", false, async networks => await networks.OpenAsync(new() { ContainerId = "web", Names = ["web"], Endpoints = [new("b")], Ports = [Port(8080)] })),
        ("connect", true, async networks => await networks.ConnectAsync("web", new("a"))),
        ("publish", true, async networks => await networks.PublishAsync("web", [Port(8081)])),
        ("disconnect", true, async networks => await networks.DisconnectAsync("web", "a")),
        ("close", true, async networks => await networks.CloseAsync("web")),
        ("remove", false, async networks =>
        {
            await networks.RemoveAsync("a");
            await networks.RemoveAsync("b");
        }),
    ];

    /// <summary>What that process does.</summary>
    internal static async Task LiveAndDieAsync(string[] words)
    {
        (string folder, int last, int count) = (words[0], int.Parse(words[1], CultureInfo.InvariantCulture), 0);
        using FdHandle file = SandboxNamespace.Open(folder + "/host");
        await LiveAsync(folder, file, change => File.WriteAllText(folder + "/change", change), done =>
        {
            File.WriteAllText(folder + "/step", done);
            // A file that is not whole yet is as good as none: its making is one step.
            if (done is "create" or "sync" or "sync directory" or "remove unfinished") return;
            if (++count == last) _ = Processes.TryKill(Environment.ProcessId, Signals.SIGKILL);
        });
    }

    [RootFact]
    public async Task Killed_at_any_step_an_engine_leaves_nothing_that_its_successor_does_not_finish_or_take_away()
    {
        int killed = 0;
        bool isWhole = false;
        for (int first = 1; !isWhole; first += 2)
        {
            Assert.True(first < StepLimit);
            await Task.WhenAll(Enumerable.Range(first, 2).Select(step => Task.Run(async () =>
            {
                using Life life = new();
                Dictionary<string, string> environment = new() { [ChildVariable] = string.Create(CultureInfo.InvariantCulture, $"{life.Folder} {step}") };
                if (Environment.GetEnvironmentVariable("DOTNET_ROOT") is { } runtime) environment["DOTNET_ROOT"] = runtime;
                CommandResult result = ChildProcess.Run([Environment.ProcessPath!], new() { Environment = environment });
                if (result.ExitCode == 128 + Signals.SIGKILL) Interlocked.Increment(ref killed);
                else Assert.True(result.ExitCode == 0, result.Stderr);
                if (result.ExitCode == 0) Volatile.Write(ref isWhole, true);
                await life.CheckAsync($"killed at step {step}, {life.Step}, of {life.Change}");
            })));
        }
        Assert.InRange(killed, 50, StepLimit);
    }

    [RootFact]
    public async Task When_the_disk_fails_at_any_write_the_change_fails_and_what_was_stays()
    {
        for (int place = 1, writes = int.MaxValue; place <= writes; place++)
        {
            using Life life = new();
            int count = 0;
            string at = "start";
            bool hasFailed = false;
            try
            {
                await LiveAsync(life.Folder, life.Host.File, change => at = change, _ => { }, step =>
                {
                    if (++count != place) return;
                    hasFailed = true;
                    throw new LinuxException(step, "file of a test", Errno.EIO);
                });
                writes = count;
            }
            catch (LinuxException e) when (e.Errno == Errno.EIO)
            {
                Assert.True(hasFailed);
            }
            catch (KeelsonException e) when (hasFailed)
            {
                Assert.Contains("EIO", e.FullMessage, StringComparison.Ordinal);
            }
            await life.CheckAsync($"disk failed at write {place} of {at}", at);
        }
    }

    private static async Task LiveAsync(string folder, FdHandle host, Action<string> begins, Action<string> step, Action<string>? disk = null)
    {
        NetworkPlace place = new(host);
        bool isRunning = File.Exists(folder + "/running");
        using BridgeDriver driver = new(place, "keelson") { Step = step };
        NetworkController networks = await NetworkController.OpenAsync(Options(folder, place) with { Step = step }, [driver], driver.Routes, _ => isRunning, _ => { }, new StepDisk(disk ?? step));
        await using (networks)
            foreach ((string name, bool runs, Func<NetworkController, Task> run) in Changes)
            {
                begins(name);
                if (runs) File.WriteAllText(folder + "/running", "");
                else File.Delete(folder + "/running");
                if (name == "close") File.Delete(folder + "/running");
                await run(networks);
            }
    }

    private static ControllerOptions Options(string folder, NetworkPlace place) => new() { StateDirectory = folder + "/state", RunDirectory = folder + "/run", Host = place, MachineIdFile = folder + "/absent" };

    private static NetworkRecord Wish(string name) => new() { Id = "", Name = name };

    private static PortWish Port(int host) => new(PublishedPort.Tcp, 80) { FirstPort = host, LastPort = host };

    /// <summary>A host, and what is left of an engine on it.</summary>
    private sealed class Life : IDisposable
    {
        private readonly string addresses;

        public Life()
        {
            Host = new(Folder + "/host");
            Host.Ip("link set lo up");
            addresses = Host.Ip("-o address");
        }

        public string Folder { get; } = TestDirectory.Make("killed");

        public Place Host { get; }

        public string Step => File.Exists(Folder + "/step") ? File.ReadAllText(Folder + "/step") : "none";

        public string Change => File.Exists(Folder + "/change") ? File.ReadAllText(Folder + "/change") : "start";

        /// <summary>A successor starts, has what there is to have whole, and takes all of it away: then nothing is left.</summary>
        public async Task CheckAsync(string when, string? change = null)
        {
            change ??= Change;
            bool isRunning = File.Exists(Folder + "/running");
            NetworkPlace place = new(Host.File);
            using BridgeDriver driver = new(place, "keelson");
            List<string> troubles = [];
            await using (NetworkController networks = await NetworkController.OpenAsync(Options(Folder, place), [driver], driver.Routes, _ => isRunning, troubles.Add))
            {
                string[] names = [.. networks.List().Select(network => network.Name).Where(name => name is "a" or "b")];
                if (change is not ("start" or "create" or "remove")) Assert.True(names is ["a", "b"], $"{when}: {string.Join(' ', names)}");
                Assert.True(names.Length == Count("-o link show type bridge"), when);
                SandboxRecord? web = networks.FindSandbox("web");
                if (isRunning) await CheckRunningAsync(networks, web!, change, when);
                else Assert.True(web is null, when);
                Assert.True((web?.Endpoints.Count ?? 0) == Count("-o link show type veth"), when);
                foreach (string name in names)
                {
                    // Its first address is nobody's.
                    SandboxRecord next = await networks.OpenAsync(new() { ContainerId = "next", Endpoints = [new(name)] });
                    NetworkRecord network = networks.Find(name);
                    Assert.Equal(0, ChildProcess.Run(["nsenter", $"--net={Folder}/run/netns/next", "ping", "-c1", "-W5", network.Ipam[0].Gateway!.ToString()]).ExitCode);
                    bool isTaken = web?.Endpoints.Any(end => end.NetworkId == network.Id) == true;
                    Assert.EndsWith(isTaken ? ".0.3" : ".0.2", next.Endpoints[0].Ipv4!.ToString(), StringComparison.Ordinal);
                    await networks.CloseAsync("next");
                }
                await networks.CloseAsync("web");
                foreach (string name in names) await networks.RemoveAsync(name);
                Assert.True(troubles.Count == 0, when + ": " + string.Join("; ", troubles));
            }
            Assert.Equal((addresses, 0, 0, when), (Host.Ip("-o address"), Count("-o link show type bridge"), Count("-o link show type veth"), when));
            Assert.Equal(await EmptyAsync(), Host.Nft("list", "ruleset"));
            Assert.Empty(Directory.GetFiles(Folder + "/run/netns"));
            Assert.Empty(Directory.GetFiles(Folder + "/run/sandboxes"));
            Assert.Equal(2, Directory.GetFiles(Folder + "/state/networks").Length);
        }

        public void Dispose()
        {
            if (Directory.Exists(Folder + "/run/netns"))
                foreach (string left in Directory.GetFiles(Folder + "/run/netns")) SandboxNamespace.Remove(left);
            Host.Dispose();
            TestDirectory.Remove(Folder);
        }

        /// <summary>A container that runs is in a network whole or not at all, reaches elsewhere, and has its ports.</summary>
        private async Task CheckRunningAsync(NetworkController networks, SandboxRecord web, string change, string when)
        {
            string[] joined = [.. web.Endpoints.Select(end => networks.Find(end.NetworkId).Name)];
            Assert.True(joined is ["b"] or ["b", "a"], when);
            if (change == "publish") Assert.Equal(["b", "a"], joined);
            Assert.DoesNotContain(web.Endpoints, end => end.IsUnfinished);
            string gateway = networks.Find(joined[^1]).Ipam[0].Gateway!.ToString(), routes = In("ip", "route").Stdout;
            Assert.True(routes.Contains($"default via {gateway} dev eth{joined.Length - 1}", StringComparison.Ordinal), $"{when}: {routes}");
            foreach (EndpointRecord end in web.Endpoints) Assert.Contains($"inet {end.Ipv4}/", In("ip", "address", "show", end.Device).Stdout, StringComparison.Ordinal);
            int[] ports = [.. web.Ports.Select(port => port.HostPort).Distinct()];
            Assert.True(change switch { "connect" => ports is [8080], "publish" => ports is [8080] or [8081], _ => ports is [8081] }, $"{when}: {string.Join(' ', ports)}");
            using Place container = new($"{Folder}/run/netns/web", isOwn: false);
            container.ServeTcp(80);
            Assert.True(await Host.AskAsync("127.0.0.1", ports[0]) is not null, when);
        }

        private CommandResult In(params IReadOnlyList<string> command) => ChildProcess.Run(["nsenter", $"--net={Folder}/run/netns/web", .. command]);

        private int Count(string links) => Host.Ip(links).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length;

        /// <summary>The rules of an engine that has never had a network.</summary>
        private async Task<string> EmptyAsync()
        {
            using Place place = new(Folder + "/empty");
            using BridgeDriver driver = new(new(place.File), "keelson");
            await driver.RestoreAsync([], [], CancellationToken.None);
            return place.Nft("list", "ruleset");
        }
    }
}
