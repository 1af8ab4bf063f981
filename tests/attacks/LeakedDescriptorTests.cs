using System.Globalization;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Attacks;

/// <summary>
/// Attack 2: a descriptor of a host directory, leaked by the caller or opened by the runtime itself, becomes the working directory or leads to the
/// program of a container as <c>/proc/self/fd/N</c> (CVE-2024-21626).
/// </summary>
public sealed class LeakedDescriptorTests : IDisposable
{
    private const int First = 3, Last = 64;
    private static readonly IEnumerable<int> Numbers = Enumerable.Range(First, Last - First + 1);

    /// <summary>Those that the runtime uses itself.</summary>
    private static readonly IEnumerable<int> LowNumbers = Numbers.Where(n => n < 24);

    private readonly string host = TestDirectory.Make("host");
    private readonly FdHandle leaked;
    private RuntimeUnderTest? runtime;

    public LeakedDescriptorTests()
    {
        File.WriteAllText(host + "/marker", "of the host\n");
        File.Copy(BusyboxRootfs.Shared + "/bin/busybox", host + "/echo");
        Files.TryOpen(host, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY, out FdHandle? handle).ThrowIfError("open", host);
        leaked = handle!;
    }

    public void Dispose()
    {
        leaked.Dispose();
        runtime?.Dispose();
        TestDirectory.Remove(host);
    }

    /// <summary>A caller that has the host's directory open under each of the numbers.</summary>
    private CommandOptions Leaking => new() { Descriptors = Numbers.ToDictionary(n => n, _ => leaked) };

    [RootFact]
    public void Without_defence_a_leaked_descriptor_is_the_way_out()
    {
        TestContainer container = Make(OpenAt2.Allowed).StartSleeping();
        string pid = container.Pid.ToString(CultureInfo.InvariantCulture);
        Assert.Equal("of the host\n", ChildProcess.Run([AttackProgram.Path("enter"), pid, "/proc/self/fd/7", "/bin/cat", "marker"], Leaking).Succeeds().Stdout);
        Assert.Equal("escaped\n", ChildProcess.Run([AttackProgram.Path("enter"), pid, "/", "/proc/self/fd/7/echo", "escaped"], Leaking).Succeeds().Stdout);
    }

    [RootTheory]
    [OpenAt2Data]
    public void A_create_with_a_leaked_descriptor_for_working_directory_is_refused(OpenAt2 openAt2)
    {
        BundleBuilder bundle = Make(openAt2).Bundle("cat", "marker");
        foreach (int number in Numbers)
            foreach (string cwd in Directories(number))
                Refuses(bundle.Set("process.cwd", cwd));
    }

    [RootTheory]
    [OpenAt2Data]
    public void A_create_whose_working_directory_the_image_links_to_a_descriptor_is_refused(OpenAt2 openAt2)
    {
        BundleBuilder bundle = Make(openAt2).Bundle("cat", "marker").WritableRoot().Set("process.cwd", "/work");
        foreach (int number in LowNumbers)
        {
            File.Delete(bundle.Rootfs + "/work");
            Files.TrySymlink($"/proc/self/fd/{number}", bundle.Rootfs + "/work").ThrowIfError("symlink");
            Refuses(bundle);
        }
    }

    [RootTheory]
    [OpenAt2Data]
    public void A_create_whose_program_is_reached_through_a_descriptor_is_refused(OpenAt2 openAt2)
    {
        BundleBuilder bundle = Make(openAt2).Bundle().Privileged();
        foreach (int number in LowNumbers)
            foreach (string program in Programs(number))
                Refuses(bundle.Args(program, "escaped"));
    }

    [RootTheory]
    [OpenAt2Data]
    public void An_exec_with_a_leaked_descriptor_for_working_directory_is_refused(OpenAt2 openAt2)
    {
        TestContainer container = Make(openAt2).StartSleeping();
        foreach (int number in Numbers)
            Refused(runtime!.Run(Leaking, "exec", "--cwd", $"/proc/self/fd/{number}", container.Id, "cat", "marker"));
    }

    /// <summary>The runtime has a procfs of the host open, where each process leads to the host's root.</summary>
    [RootTheory]
    [OpenAt2Data]
    public void An_exec_whose_program_is_reached_through_a_descriptor_is_refused(OpenAt2 openAt2)
    {
        TestContainer container = Make(openAt2).Start(runtime!.Bundle("sleep", "1000").Privileged());
        foreach (int number in LowNumbers)
            foreach (string program in Programs(number))
                Refused(runtime.Run(Leaking, "exec", container.Id, program, "escaped"));
    }

    /// <summary>The user of an engine writes the command of an exec, so what looks like an option there must not keep descriptors open.</summary>
    [RootTheory]
    [OpenAt2Data]
    public void A_command_that_looks_like_an_option_keeps_no_descriptor_open(OpenAt2 openAt2)
    {
        TestContainer container = Make(openAt2).StartSleeping();
        CommandResult result = runtime!.Run(Leaking, "exec", container.Id, "ls", "--preserve-fds=10", "/proc/self/fd/7");
        Assert.DoesNotContain("marker", result.Stdout, StringComparison.Ordinal);
        Refused(runtime.Run(Leaking, "exec", container.Id, "/proc/self/fd/7/echo", "escaped", "--preserve-fds=10"));
        Refused(runtime.Run(Leaking, "exec", "--cwd", "/proc/self/fd/7", container.Id, "cat", "marker", "--preserve-fds", "10"));
        Assert.Equal("--preserve-fds 1000\n", container.Exec("echo", "--preserve-fds", "1000").Succeeds().Stdout);
    }

    private static string[] Directories(int number) => number == 7 ? ["/proc/self/fd/7", "/proc/self/fd/7/.", "/proc/self/fd/7/../..", "/proc/thread-self/fd/7"] : [$"/proc/self/fd/{number}"];

    /// <summary>The host's program, through the caller's descriptor and through a procfs of the runtime's.</summary>
    private string[] Programs(int number) => [$"/proc/self/fd/{number}/echo", string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{number}/{Environment.ProcessId}/root{host}/echo")];

    private void Refuses(BundleBuilder bundle) => Refused(runtime!.Container(bundle).TryCreate(Leaking));

    private static void Refused(CommandResult result)
    {
        Assert.True(result.ExitCode is 1 or 255 && result.Stdout.Length == 0, result.ToString());
    }

    private RuntimeUnderTest Make(OpenAt2 openAt2) => runtime = AttackRuntime.Make(openAt2);
}
