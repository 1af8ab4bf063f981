using Keelson.Guest.Support;

namespace Keelson.Guest;

/// <summary>Networks of an ordinary user's containers by pasta, which needs no rights: a way out and a port. Rows R9, N29.</summary>
public sealed class RootlessNetworkTests : IDisposable
{
    /// <summary>What containers serve, of their own <c>/etc</c>.</summary>
    private const string Served = "group", ServedText = "extra:x:2000:user";

    private readonly TwoMachines machines = new();

    public void Dispose() => machines.Dispose();

    [SystemdV2Fact]
    public async Task A_container_with_limits_by_the_user_s_manager_has_a_way_out_and_a_port()
    {
        using SystemdRuntime systemd = new(rootless: true);
        string id = systemd.Runtime.NewId();
        BundleBuilder bundle = systemd.Bundle(id, "httpd", "-f", "-p", "80", "-h", "/etc").Namespace("network").SetJson("linux.resources", """{"memory": {"limit": 67108864}, "pids": {"limit": 20}}""");
        TestContainer container = systemd.Start(bundle, id);
        container.WaitForProgram();
        using ChildProcess pasta = ChildProcess.Start([.. TwoMachines.Prefix, "setpriv", "--reuid", "1000", "--regid", "1000", "--clear-groups", "--", "pasta", "--foreground", .. TwoMachines.PastaOptions, container.Pid.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        Condition.Await("the device", () => pasta.HasEnded || container.Exec("ip", "address", "show", "dev", "up0").Stdout.Contains("inet 198.51.100.1/24", StringComparison.Ordinal), Machine.Patience);
        Assert.False(pasta.HasEnded, pasta.Stderr);
        Assert.Equal(TwoMachines.Word, container.Exec("wget", "-q", "-O", "-", TwoMachines.Address).Succeeds().Text);
        Assert.Contains(ServedText, await TwoMachines.AskAsync(Served), StringComparison.Ordinal);
        Assert.Equal(("67108864", "20"), (SystemdRuntime.Read(container, "memory.max"), SystemdRuntime.Read(container, "pids.max")));
        Assert.Contains("/user-1000.slice/user@1000.service/", SystemdRuntime.GroupOf(container.Pid), StringComparison.Ordinal);
        container.KillAndDelete();
    }

    /// <summary>The runtime is root of a user namespace that pasta has made, with a network and processes of its own; the container has no network namespace besides.</summary>
    [SystemdFact]
    public async Task A_container_in_namespaces_that_pasta_has_made_has_a_way_out_and_a_port()
    {
        string launcher = TestDirectory.Make("launcher") + "/in-pasta";
        File.WriteAllText(launcher, $"#!/bin/sh\nexec pasta {string.Join(' ', TwoMachines.PastaOptions)} -- unshare --mount-proc {RuntimeUnderTest.Program} \"$@\"\n");
        TestDirectory.SetMode(launcher, 0b111_101_101);
        TestDirectory.SetMode(Path.GetDirectoryName(launcher)!, 0b111_101_101);
        using (RuntimeUnderTest runtime = new(rootless: true) { Executable = launcher, Prefix = TwoMachines.Prefix })
        {
            BundleBuilder bundle = runtime.Bundle().ForUser().WithoutNamespace("user").Set("linux.uidMappings", null).Set("linux.gidMappings", null)
                .Shell($"wget -q -O - {TwoMachines.Address}; httpd -p 80 -h /etc; until wget -q -O - {TwoMachines.Address.Replace("word", "end", StringComparison.Ordinal)} 2> /dev/null; do sleep 0.1; done").Write();
            ChildProcess run = runtime.StartCommand(Machine.Patient, "run", "--bundle", bundle.Directory, runtime.NewId());
            Assert.Contains(ServedText, await TwoMachines.AskAsync(Served), StringComparison.Ordinal);
            machines.Serve("end", "ended");
            Assert.Equal($"{TwoMachines.Word}\nended\n", run.WaitForEnd(Machine.Patience).Succeeds().Stdout);
        }
        TestDirectory.Remove(Path.GetDirectoryName(launcher)!);
    }
}
