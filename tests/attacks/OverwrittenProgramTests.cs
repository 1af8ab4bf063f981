using System.Globalization;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Attacks;

/// <summary>
/// Attack 1, row R36: a container overwrites the program of whoever comes into it, through <c>/proc/PID/exe</c> (CVE-2019-5736). The container of these
/// tests may do all that root may.
/// </summary>
public sealed class OverwrittenProgramTests : IDisposable
{
    private const string MemoryFile = "seen /memfd:keelson-runtime";
    private readonly string directory = TestDirectory.Make("runtime");
    private RuntimeUnderTest? runtimeUnderTest;

    public void Dispose()
    {
        runtimeUnderTest?.Dispose();
        TestDirectory.Remove(directory);
    }

    [RootFact]
    public void A_program_without_defence_is_overwritten()
    {
        RuntimeUnderTest runtime = Make(OpenAt2.Allowed, RuntimeUnderTest.Program);
        string victim = directory + "/victim";
        File.Copy(AttackProgram.Path("enter"), victim);
        TestContainer attacker = Attacker(runtime, victim);
        Intruder.EnterUnprotected(attacker, victim, () => attacker.WaitForOutput("seen"));
        attacker.WaitForOutput("overwritten");
        Assert.StartsWith("#!/overwritten\n", File.ReadAllText(victim), StringComparison.Ordinal);
    }

    [CgroupTheory]
    [OpenAt2Data]
    public void A_container_cannot_overwrite_the_runtime_that_execs_into_it(OpenAt2 openAt2)
    {
        RuntimeUnderTest runtime = MakeWithCopy(openAt2, out string copy);
        TestContainer attacker = Attacker(runtime, copy), paused = runtime.Start(runtime.Bundle("sleep", "1000").Beside(attacker));
        runtime.Run("pause", paused.Id).Succeeds();
        // It freezes on its way in, where the attacker has all the time it needs.
        ChildProcess frozen = runtime.StartCommand(new CommandOptions(), "exec", "--ignore-paused", paused.Id, "true");
        attacker.WaitForOutput(MemoryFile);
        for (int i = 0; i < 10; i++) attacker.Exec("true").Succeeds();
        runtime.Run("resume", paused.Id).Succeeds();
        frozen.WaitForEnd().Succeeds();
        AssertUnchanged(copy, attacker);
    }

    [RootTheory]
    [OpenAt2Data]
    public void A_container_cannot_overwrite_the_runtime_that_creates_another_beside_it(OpenAt2 openAt2)
    {
        RuntimeUnderTest runtime = MakeWithCopy(openAt2, out string copy);
        TestContainer attacker = Attacker(runtime, copy), created = runtime.Container(runtime.Bundle("sleep", "1000").Beside(attacker));
        created.Create();
        attacker.WaitForOutput(MemoryFile);
        created.Start();
        created.WaitForProgram();
        AssertUnchanged(copy, attacker);
    }

    /// <summary>The image names the runtime itself as its program, to have it run where it can be opened.</summary>
    [RootTheory]
    [OpenAt2Data]
    public void A_program_that_is_a_link_or_script_to_the_runtime_does_not_run_it(OpenAt2 openAt2)
    {
        RuntimeUnderTest runtime = MakeWithCopy(openAt2, out string copy);
        BundleBuilder bundle = Attacker(copy, runtime);
        File.WriteAllText(bundle.Rootfs + "/bin/runtime-script", "#!/proc/self/exe\n");
        TestDirectory.SetMode(bundle.Rootfs + "/bin/runtime-script", 0b111_101_101);
        Files.TrySymlink("/proc/self/exe", bundle.Rootfs + "/bin/runtime-link").ThrowIfError("symlink");
        TestContainer attacker = runtime.Start(bundle);
        attacker.WaitForOutput("ready");
        foreach (string program in (string[])["/bin/runtime-script", "/bin/runtime-link", "/proc/self/exe"])
        {
            CommandResult result = attacker.Exec(program, "--version");
            Assert.True(result is { ExitCode: 255, Stdout: "" }, result.ToString());
            TestContainer first = runtime.Container(Attacker(copy, runtime).Args(program, "--version"));
            if (program == "/bin/runtime-script") File.Copy(bundle.Rootfs + "/bin/runtime-script", first.Bundle.Rootfs + "/bin/runtime-script");
            if (program == "/bin/runtime-link") Files.TrySymlink("/proc/self/exe", first.Bundle.Rootfs + "/bin/runtime-link").ThrowIfError("symlink");
            CommandResult ran = runtime.Run("run", "--bundle", first.Bundle.Directory, first.Id);
            Assert.True(ran is { ExitCode: > 0, Stdout: "" }, ran.ToString());
        }
        AssertUnchanged(copy, attacker);
    }

    private static void AssertUnchanged(string copy, TestContainer attacker)
    {
        Assert.DoesNotContain("overwritten", attacker.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(copy, attacker.Output, StringComparison.Ordinal);
        Assert.Equal("running", attacker.Status);
        Assert.True(File.ReadAllBytes(copy).AsSpan().SequenceEqual(File.ReadAllBytes(RuntimeUnderTest.Program)), "the runtime was changed");
    }

    private static TestContainer Attacker(RuntimeUnderTest runtime, string victim)
    {
        TestContainer attacker = runtime.Start(Attacker(victim, runtime));
        attacker.WaitForOutput("ready");
        return attacker;
    }

    private static BundleBuilder Attacker(string victim, RuntimeUnderTest runtime)
    {
        Files.TryStatus(victim, out FileStatus status).ThrowIfError("stat", victim);
        return Intruder.Bundle(runtime, "overwrite", status.Device.ToString(CultureInfo.InvariantCulture), status.Inode.ToString(CultureInfo.InvariantCulture)).Privileged();
    }

    private RuntimeUnderTest MakeWithCopy(OpenAt2 openAt2, out string copy)
    {
        copy = directory + "/keelson-runtime-copy";
        File.Copy(RuntimeUnderTest.Program, copy);
        return Make(openAt2, copy);
    }

    private RuntimeUnderTest Make(OpenAt2 openAt2, string executable) => runtimeUnderTest = AttackRuntime.Make(openAt2, executable);
}
