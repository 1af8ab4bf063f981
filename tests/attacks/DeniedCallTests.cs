using System.Text.Json.Nodes;

namespace Keelson.Attacks;

/// <summary>
/// Attack 16: a container with the default profile has no io_uring, and none with AF_ALG when the profile denies that, whichever of the kernel's
/// three tables of system calls it uses. With openat2 denied to the runtime as well: attack 18.
/// </summary>
public sealed class DeniedCallTests
{
    private const string Refused = "-1", Killed = "signal 31", BadSystemCall = "signal 11";

    // io_uring_setup, io_uring_enter, io_uring_register; then the first through x32 and x86.
    private static readonly string[] IoUring = ["425,1,0", "426,0", "427,0", "0x400001a9,1,0", "i425,1,0"];

    // socket(AF_ALG, SOCK_SEQPACKET); the same with upper bits set, which the kernel drops; through x32, x86 and x86's socketcall.
    private static readonly string[] Alg = ["41,38,5,0", "41,0x100000026,5,0", "0x40000029,38,5,0", "i359,38,5,0", "s1,38,5,0"];

    // socket(AF_UNIX), socket(AF_INET), getpid through x86-64 and x86.
    private static readonly string[] Harmless = ["41,1,1,0", "41,2,1,0", "39", "i20"];

    [RootFact]
    public void Without_a_profile_the_kernel_lets_a_container_try()
    {
        using RuntimeUnderTest runtime = new();
        string[] results = Call(runtime, null, [.. IoUring, .. Alg]);
        // EFAULT: it looks at the arguments.
        Assert.Equal("-14", results[0]);
        Assert.DoesNotContain(Refused, results);
        Assert.DoesNotContain(Killed, results);
    }

    [RootTheory]
    [OpenAt2Data]
    public void The_packaged_profile_blocks_io_uring(OpenAt2 openAt2)
    {
        using RuntimeUnderTest runtime = AttackRuntime.Make(openAt2);
        Assert.All(Call(runtime, PackagedProfile.Load(), IoUring), result => Assert.Contains(result, (string[])[Refused, NoTable]));
        Assert.All(Call(runtime, PackagedProfile.Load(), Harmless), result => Assert.DoesNotMatch("^-1$|^signal 31$", result));
    }

    [RootTheory]
    [OpenAt2Data]
    public void A_profile_that_denies_AF_ALG_holds_in_all_tables(OpenAt2 openAt2)
    {
        using RuntimeUnderTest runtime = AttackRuntime.Make(openAt2);
        JsonObject profile = PackagedProfile.LoadWithoutAlg();
        Assert.All(Call(runtime, profile, Alg), result => Assert.Contains(result, (string[])[Refused, NoTable]));
        Assert.All(Call(runtime, profile, Harmless), result => Assert.DoesNotMatch("^-1$|^signal 31$", result));
    }

    [RootTheory]
    [OpenAt2Data]
    public void The_filter_holds_for_added_processes(OpenAt2 openAt2)
    {
        using RuntimeUnderTest runtime = AttackRuntime.Make(openAt2);
        BundleBuilder bundle = runtime.Bundle("sleep", "1000").WritableRoot().Set("linux.seccomp", PackagedProfile.LoadWithoutAlg());
        string program = AttackProgram.InstallIn(bundle, "calls");
        string[] results = runtime.Start(bundle).Exec([program, .. IoUring, .. Alg]).Succeeds().Lines;
        Assert.All(results, result => Assert.Contains(result, (string[])[Refused, NoTable]));
    }

    /// <summary>A profile for one architecture leaves no other way in.</summary>
    [RootTheory]
    [OpenAt2Data]
    public void The_tables_that_a_profile_does_not_list_kill(OpenAt2 openAt2)
    {
        using RuntimeUnderTest runtime = AttackRuntime.Make(openAt2);
        JsonObject profile = PackagedProfile.Load();
        profile["architectures"] = new JsonArray("SCMP_ARCH_X86_64");
        // getppid of x32 and of x86, and AF_ALG through both and through socketcall.
        string[] results = Call(runtime, profile, "0x4000006e", "i64", "0x40000029,38,5,0", "i359,38,5,0", "s1,38,5,0");
        Assert.All(results, result => Assert.Contains(result, (string[])[Killed, NoTable]));
        Assert.Equal(Killed, results[0]);
    }

    /// <summary>What int 0x80 answers in a kernel without that table, where no filter is asked; else a text that is no result.</summary>
    private static string NoTable => ChildProcess.Run([AttackProgram.Path("calls"), "i20"]).Succeeds().Text == BadSystemCall ? BadSystemCall : "there is a table";

    private static string[] Call(RuntimeUnderTest runtime, JsonObject? profile, params string[] calls)
    {
        BundleBuilder bundle = runtime.Bundle().WritableRoot().Set("linux.seccomp", profile?.DeepClone());
        return runtime.RunBundle(bundle.Args([AttackProgram.InstallIn(bundle, "calls"), .. calls])).Succeeds().Lines;
    }
}
