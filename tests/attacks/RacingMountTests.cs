namespace Keelson.Attacks;

/// <summary>
/// Attacks 5 and 6: while a container is created, another one with the same volume swaps the mount points with links that lead out of it. Nothing is
/// mounted outside (CVE-2021-30465), and no file or directory appears there (CVE-2024-45310). With openat2 denied as well: attack 18.
/// </summary>
public sealed class RacingMountTests
{
    [RootTheory]
    [InlineData("mount", "directory")]
    [InlineData("mkdir", "new")]
    public void Whoever_looks_first_and_acts_then_is_led_outside(string action, string name)
    {
        using RuntimeUnderTest runtime = new();
        SwappedLinks links = new(runtime);
        links.Race();
        CommandOptions options = new() { Prefix = ["unshare", "--mount", "--propagation", "private"] };
        CommandResult result = ChildProcess.Run([AttackProgram.Path("naive"), action, links.Volume, links.Volume + "/absolute", name, links.Outside], options);
        Assert.StartsWith("escaped", result.Succeeds().Stdout);
    }

    [RootTheory]
    [InlineData(OpenAt2.Allowed, 60)]
    [InlineData(OpenAt2.Missing, 60)]
    [InlineData(OpenAt2.Allowed, 10_000, Traits = ["suite", "soak"])]
    [InlineData(OpenAt2.Missing, 10_000, Traits = ["suite", "soak"])]
    public void Nothing_is_mounted_outside_while_mount_points_are_swapped_with_links(OpenAt2 openAt2, int times) =>
        CreateWhileRacing(openAt2, times, static _ => ("/vol/absolute/directory", "/vol/relative/file"));

    [RootTheory]
    [InlineData(OpenAt2.Allowed, 60)]
    [InlineData(OpenAt2.Missing, 60)]
    [InlineData(OpenAt2.Allowed, 10_000, Traits = ["suite", "soak"])]
    [InlineData(OpenAt2.Missing, 10_000, Traits = ["suite", "soak"])]
    public void Nothing_appears_outside_while_missing_mount_points_are_made(OpenAt2 openAt2, int times) =>
        CreateWhileRacing(openAt2, times, static i => ($"/vol/absolute/new{i}/deep", $"/vol/relative/new{i}"));

    /// <summary>Creates containers with a tmpfs on a directory and a bind mount on a file in the volume.</summary>
    private static void CreateWhileRacing(OpenAt2 openAt2, int times, Func<int, (string Directory, string File)> places)
    {
        using RuntimeUnderTest runtime = AttackRuntime.Make(openAt2);
        SwappedLinks links = new(runtime);
        links.Race();
        // Before pivot_root the mounts of the host are still seen, and with them what was mounted on one of its directories.
        string seen = runtime.WorkDirectory + "/mountinfo";
        BundleBuilder bundle = links.Bundle("true").AddJson("hooks.createContainer", $$"""{"path": "/bin/cp", "args": ["cp", "/proc/self/mountinfo", "{{seen}}"]}""");
        List<string> wrong = [];
        int succeeded = 0, refused = 0;
        for (int i = 0; i < times; i++)
        {
            (string directory, string file) = places(i);
            bundle.Mount(directory, "tmpfs", "tmpfs").Mount(file, "bind", "/etc/hostname", "bind");
            CommandResult result = runtime.RunBundle(bundle);
            bundle.WithoutMount(directory).WithoutMount(file);
            if (result.ExitCode != 0)
            {
                result.Fails("/vol/");
                refused++;
                continue;
            }
            succeeded++;
            wrong.AddRange(MountEntry.Parse(File.ReadAllText(seen)).Where(m => links.IsOutside(m.Target)).Select(m => "the container mounted " + m));
            wrong.AddRange(links.FindChanges());
        }
        wrong.AddRange(links.FindChanges());
        Assert.True(wrong.Count == 0, $"of {times} containers, {succeeded} created: {string.Join('\n', wrong.Distinct())}");
        Assert.True(succeeded > 0, $"none of {times} was created, so nothing is shown");
        Assert.True(refused > 0, $"each of {times} was created: nobody raced");
    }
}
