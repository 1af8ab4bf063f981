using System.Globalization;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Attacks;

/// <summary>
/// Attack 8: what lies at <c>/dev/pts/N</c> or <c>/dev/console</c> is replaced before one is bound to the other (CVE-2025-52565), or the terminal is taken
/// from somewhere else.
/// </summary>
public sealed class ReplacedConsoleTests : IDisposable
{
    private const string Secret = "of the host\n";
    private readonly string host = TestDirectory.Make("host");
    private RuntimeUnderTest? runtime;

    public ReplacedConsoleTests() => File.WriteAllText(Victim, Secret);

    private string Victim => host + "/victim";

    public void Dispose()
    {
        runtime?.Dispose();
        TestDirectory.Remove(host);
    }

    [RootFact]
    public void Without_defence_a_replaced_terminal_or_console_leads_to_the_victim()
    {
        BundleBuilder bundle = Image(OpenAt2.Allowed);
        Files.TrySymlink(Victim, bundle.Rootfs + "/dev/pts/0").ThrowIfError("symlink");
        Files.TrySymlink(Victim, bundle.Rootfs + "/dev/linked-console").ThrowIfError("symlink");
        File.WriteAllText(bundle.Rootfs + "/dev/console", "");
        Assert.Equal(Secret, Naive($"mount --bind {bundle.Rootfs}/dev/pts/0 {bundle.Rootfs}/dev/console && cat {bundle.Rootfs}/dev/console"));
        Assert.Equal("null\n", Naive($"mount --bind /dev/null {bundle.Rootfs}/dev/linked-console && test -c {Victim} && echo null"));
    }

    /// <summary>The slave comes from the master itself (TIOCGPTPEER), so its path does not matter.</summary>
    [RootTheory]
    [OpenAt2Data]
    public void The_console_is_never_what_lies_at_the_terminal_s_path(OpenAt2 openAt2)
    {
        BundleBuilder bundle = Image(openAt2).Mount("/mnt", "devpts", "devpts", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5");
        for (int i = 0; i < 8; i++) Files.TrySymlink(Victim, $"{bundle.Rootfs}/dev/pts/{i}").ThrowIfError("symlink");
        Files.TrySymlink("/mnt/ptmx", bundle.Rootfs + "/dev/pts/ptmx").ThrowIfError("symlink");
        CommandResult result = Create(bundle.Shell("stat -L -c '%t' /dev/console; cat /dev/pts/0"), out string shown);
        // Without openat2 a link of the image is refused altogether.
        if (openAt2 == OpenAt2.Allowed) Assert.StartsWith("88\r\n", shown, StringComparison.Ordinal);
        else result.Fails("/dev/pts/ptmx: ELOOP");
        Assert.DoesNotContain(Secret.Trim(), shown, StringComparison.Ordinal);
    }

    [RootTheory]
    [OpenAt2Data]
    public void A_multiplexer_that_is_none_is_refused(OpenAt2 openAt2)
    {
        BundleBuilder bundle = Image(openAt2);
        string ptmx = bundle.Rootfs + "/dev/pts/ptmx";
        File.WriteAllText(ptmx, "");
        Create(bundle, out _).Fails("/dev/pts/ptmx");
        File.Delete(ptmx);
        Files.TryMakeNode(ptmx, FileStatus.S_IFCHR | 0b110_110_110, Device.Make(5, 2)).ThrowIfError("mknod");
        Create(bundle, out _).Fails("/dev/pts/ptmx");
        File.Delete(ptmx);
        Files.TrySymlink("/proc/1/root/dev/pts/ptmx", ptmx).ThrowIfError("symlink");
        Create(bundle, out _).Fails("/dev/pts/ptmx");
    }

    [RootTheory]
    [OpenAt2Data]
    public void A_console_that_is_a_link_is_refused_and_what_it_leads_to_is_unchanged(OpenAt2 openAt2)
    {
        BundleBuilder bundle = Image(openAt2).Mount("/dev/pts", "devpts", "devpts", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5");
        foreach (string target in (string[])[Victim, "../../../../../../../.." + Victim, "/proc/self/fd/3", "/etc/passwd"])
        {
            File.Delete(bundle.Rootfs + "/dev/console");
            Files.TrySymlink(target, bundle.Rootfs + "/dev/console").ThrowIfError("symlink");
            Create(bundle, out _).Fails("/dev/console");
            Assert.Equal(Secret, File.ReadAllText(Victim));
            Assert.Equal([Victim], Directory.EnumerateFileSystemEntries(host));
        }
    }

    /// <summary>An exec has descriptors of the host open while it takes its terminal from the container.</summary>
    [RootTheory]
    [OpenAt2Data]
    public void An_exec_never_takes_its_terminal_from_the_host(OpenAt2 openAt2)
    {
        BundleBuilder bundle = Image(openAt2).Privileged().Set("process.terminal", false);
        TestContainer container = runtime!.Start(bundle.Args("sleep", "1000"));
        Directory.Delete(bundle.Rootfs + "/dev/pts");
        using ConsoleSocket console = new(runtime.WorkDirectory);
        for (int fd = 3; fd < 24; fd++)
        {
            File.Delete(bundle.Rootfs + "/dev/pts");
            Files.TrySymlink(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{fd}/{Environment.ProcessId}/root/dev/pts"), bundle.Rootfs + "/dev/pts").ThrowIfError("symlink");
            container.Exec(["--tty", "--detach", "--console-socket", console.SocketPath], "true").Fails("/dev/pts");
        }
    }

    /// <summary>Somebody who shares the directory swaps the terminal while containers are created.</summary>
    [RootTheory]
    [InlineData(OpenAt2.Allowed, 20)]
    [InlineData(OpenAt2.Missing, 20)]
    [InlineData(OpenAt2.Allowed, 3000, Traits = ["suite", "soak"])]
    [InlineData(OpenAt2.Missing, 3000, Traits = ["suite", "soak"])]
    public void A_terminal_that_is_swapped_during_create_never_becomes_the_console(OpenAt2 openAt2, int times)
    {
        BundleBuilder bundle = Image(openAt2).Mount("/mnt", "devpts", "devpts", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5");
        Files.TrySymlink("/mnt/ptmx", bundle.Rootfs + "/dev/pts/ptmx").ThrowIfError("symlink");
        TestContainer racer = runtime!.Start(runtime.Bundle().Mount("/mnt", "bind", bundle.Rootfs + "/dev", "bind")
            .Shell($"cd /mnt; echo > file; ln -s {Victim} link; echo ready; while true; do ln -f link pts/0; ln -f link console; ln -f file pts/0; ln -f file console; done"));
        racer.WaitForOutput("ready");
        bundle.Shell("echo overwritten > /dev/console; head -n 1 /dev/pts/0 < /dev/null");
        for (int i = 0; i < times; i++)
        {
            CommandResult result = Create(bundle, out string shown);
            Assert.DoesNotContain(Secret.Trim(), shown, StringComparison.Ordinal);
            if (result.ExitCode == 1) Assert.Contains("/dev/", result.Stderr, StringComparison.Ordinal);
        }
        Assert.Equal(Secret, File.ReadAllText(Victim));
    }

    /// <summary>Creates and, if that succeeds, starts a container with a terminal, reads what it shows, and deletes it.</summary>
    private CommandResult Create(BundleBuilder bundle, out string shown)
    {
        using ConsoleSocket console = new(runtime!.WorkDirectory);
        TestContainer container = runtime.Container(bundle);
        CommandResult result = container.TryCreate("--console-socket", console.SocketPath);
        shown = "";
        if (result.ExitCode != 0) return result;
        using (PseudoTerminal terminal = console.ReceiveTerminal())
        {
            container.Start();
            shown = terminal.ReadToEnd();
        }
        container.WaitForEnd();
        container.Delete();
        return result;
    }

    private static string Naive(string script) => ChildProcess.Run(["unshare", "--mount", "--propagation", "private", "sh", "-c", script]).Succeeds().Stdout;

    /// <summary>A container with a terminal whose <c>/dev</c> and <c>/dev/pts</c> are the image's.</summary>
    private BundleBuilder Image(OpenAt2 openAt2)
    {
        runtime = AttackRuntime.Make(openAt2);
        BundleBuilder bundle = runtime.Bundle("true").WritableRoot().Set("process.terminal", true);
        foreach (string path in (string[])["/dev", "/dev/pts", "/dev/shm", "/dev/mqueue"]) bundle.WithoutMount(path);
        Directory.CreateDirectory(bundle.Rootfs + "/dev/pts");
        return bundle;
    }
}
