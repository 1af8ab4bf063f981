namespace Keelson.Attacks;

/// <summary>Attack 15: a name of a container, or a path of its cgroup, leads out of the place for it.</summary>
public sealed class OddNameTests : IDisposable
{
    private RuntimeUnderTest? runtime;

    public void Dispose() => runtime?.Dispose();

    [RootTheory]
    [OpenAt2Data]
    public void A_name_that_leads_elsewhere_is_refused_by_every_command(OpenAt2 openAt2)
    {
        BundleBuilder bundle = Make(openAt2).Bundle("true").Write();
        // Beside the state directory lies what the names lead to.
        string outside = Directory.CreateDirectory(runtime!.WorkDirectory + "/x").FullName;
        File.WriteAllText(outside + "/state.json", "{}");
        foreach (string id in (string[])["../x", "a/b", "a/../../x", "/x", ".", "..", "", "a\nb", new string('x', 1024), new string('x', 256)])
        {
            string[][] lines =
            [
                ["create", "--bundle", bundle.Directory, id], ["run", "--bundle", bundle.Directory, id], ["start", id], ["state", id], ["kill", id, "KILL"], ["delete", id],
                ["exec", id, "true"], ["pause", id], ["resume", id], ["ps", id], ["events", "--stats", id], ["update", "--pids-limit", "5", id],
            ];
            foreach (string[] line in lines)
            {
                CommandResult result = runtime.Run(line);
                Assert.True(result is { ExitCode: 1 or 255, Stdout: "" }, $"{line[0]} '{id}': {result}");
            }
            runtime.Run("delete", "--force", id);
            Assert.Equal("{}", File.ReadAllText(outside + "/state.json"));
            Assert.Empty(runtime.FindLeaks());
        }
        Assert.True(!Directory.Exists(runtime.StateDirectory) || Directory.GetFileSystemEntries(runtime.StateDirectory).Length == 0);
    }

    [RootTheory]
    [OpenAt2Data]
    public void A_cgroup_path_that_leads_upwards_is_refused(OpenAt2 openAt2)
    {
        Make(openAt2);
        string[] before = [.. CgroupTree.Hierarchies.SelectMany(Directory.EnumerateDirectories)];
        foreach (string path in (string[])["..", "../x", "/..", "/../x", "/a/../../x", "a/../../x", $"{runtime!.Cgroup}/..", $"{runtime.Cgroup}/../../../x", "/", ".", "/a\n/b", "/" + new string('x', 1024)])
        {
            BundleBuilder bundle = runtime.Bundle("true").Set("linux.cgroupsPath", path);
            runtime.Container(bundle).TryCreate().Exits(1).Fails("cgroup");
        }
        // Others of this machine come and go meanwhile.
        Assert.DoesNotContain(CgroupTree.Hierarchies.SelectMany(Directory.EnumerateDirectories).Except(before), d => Path.GetFileName(d) is "x" or "a");
        Assert.Empty(runtime.FindLeaks());
    }

    private RuntimeUnderTest Make(OpenAt2 openAt2) => runtime = AttackRuntime.Make(openAt2);
}
