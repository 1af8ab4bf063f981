namespace Keelson.Attacks;

/// <summary>Attack 14: a user that is no number, or no number of a user, ends up as root (CVE-2026-30892).</summary>
public sealed class OddUserTests : IDisposable
{
    private static readonly string[] Odd =
    [
        "1000:", ":1000", ":", "-1", "1000:-1", "4294967295", "1000:4294967295", "4294967296", "1000:4294967296", "4294968296", "18446744073709551616", "root ", " root", "root",
        " 1000", "1000 ", "+1000", "0x3e8", "1e3", "1000.0", "1000:1000:1000", "1000,0", "1000\n", "\u0661\u0660\u0660\u0660", "", "user", "1000:root",
    ];

    private RuntimeUnderTest? runtime;

    public void Dispose() => runtime?.Dispose();

    [RootTheory]
    [OpenAt2Data]
    public void An_exec_with_an_odd_user_is_refused(OpenAt2 openAt2)
    {
        TestContainer container = Make(openAt2).StartSleeping();
        foreach (string user in Odd)
        {
            CommandResult result = container.Exec(["--user", user], "id");
            Assert.True(result is { ExitCode: 255, Stdout: "" }, $"'{user}': {result}");
        }
    }

    [RootTheory]
    [OpenAt2Data]
    public void A_number_is_that_user_and_nobody_else(OpenAt2 openAt2)
    {
        TestContainer container = Make(openAt2).StartSleeping();
        foreach (string number in (string[])["1", "1000", "65534", "65536", "2147483647", "2147483648", "4294967294"])
        {
            ProbeReport report = new(container.Exec(["--user", $"{number}:{number}"], "probe").Succeeds().Stdout);
            Assert.Equal(($"{number} {number} {number}", $"{number} {number} {number}"), (report["uid"], report["gid"]));
            Assert.Equal(0UL, report.Capabilities("CapEff"));
        }
    }

    [RootTheory]
    [OpenAt2Data]
    public void A_configuration_with_an_odd_user_is_refused(OpenAt2 openAt2)
    {
        foreach (string field in (string[])["uid", "gid"])
            foreach (string value in (string[])["-1", "4294967295", "4294967296", "1.5", "\"1000\"", "1e99", "true"])
            {
                BundleBuilder bundle = (runtime ?? Make(openAt2)).Bundle("true").SetJson("process.user." + field, value);
                runtime!.Container(bundle).TryCreate().Exits(1).Fails("process.user");
            }
        Assert.Empty(runtime!.FindLeaks());
    }

    private RuntimeUnderTest Make(OpenAt2 openAt2) => runtime = AttackRuntime.Make(openAt2);
}
