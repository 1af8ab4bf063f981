using Keelson.Guest.Others;
using Keelson.Guest.Support;

namespace Keelson.Guest.Engine;

/// <summary>The engine's own profile of AppArmor, which containers have that name none, beside that of Debian's dockerd. Row R28.</summary>
[Collection(InstalledEngineCollection.Name)]
public sealed class DefaultAppArmorTests(InstalledEngine engine, Dockerd dockerd) : IClassFixture<InstalledEngine>, IClassFixture<Dockerd>
{
    private const string Profile = "keelson-default";
    private static readonly string[] Current = ["cat", "/proc/self/attr/current"];

    [SystemdAppArmorFact]
    public void Containers_and_what_is_added_to_them_are_confined()
    {
        engine.Import();
        Assert.Contains("name=apparmor", engine.Docker("info", "--format", "{{.SecurityOptions}}").Succeeds().Stdout, StringComparison.Ordinal);
        engine.Docker("run", "-d", "--name", "confined", "--init=false", "box", "sleep", "1000").Succeeds();
        Assert.Equal(Profile, engine.Docker("inspect", "--format", "{{.AppArmorProfile}}", "confined").Succeeds().Text);
        Assert.Equal(Profile + " (enforce)", File.ReadAllText($"/proc/{engine.Docker("inspect", "--format", "{{.State.Pid}}", "confined").Succeeds().Text}/attr/apparmor/current").TrimEnd('\n'));
        Assert.Equal(Profile + " (enforce)", engine.Docker(["exec", "confined", .. Current]).Succeeds().Text);
        Assert.Equal(Profile + " (enforce)", engine.Docker(["exec", "--privileged", "confined", .. Current]).Succeeds().Text);
        // Signals reach it, from itself and from the engine.
        Assert.Equal("over", engine.Docker("exec", "confined", "sh", "-c", "sleep 100 & kill $! && echo over").Succeeds().Text);
        engine.Docker("rm", "--force", "confined").Succeeds();
    }

    [SystemdAppArmorFact]
    public void Who_asks_for_it_or_for_all_rights_is_not_confined()
    {
        engine.Import();
        foreach (string[] option in (string[][])[["--privileged"], ["--security-opt", "apparmor=unconfined"]])
        {
            Assert.Equal("unconfined", engine.Docker(["run", "--rm", .. option, "box", .. Current]).Succeeds().Text);
        }
        Assert.Equal(Profile + " (enforce)", engine.Docker(["run", "--rm", "--privileged", "--security-opt", "apparmor=" + Profile, "box", .. Current]).Succeeds().Text);
    }

    [SystemdAppArmorFact]
    public void Nothing_is_mounted_also_with_the_capability_for_it()
    {
        engine.Import();
        string[] mount = ["run", "--rm", "--cap-add", "SYS_ADMIN", "--security-opt", "seccomp=unconfined"], command = ["box", "mount", "-t", "tmpfs", "tmpfs", "/sys"];
        engine.Docker([.. mount, .. command]).Fails("denied");
        engine.Docker([.. mount, "--security-opt", "apparmor=unconfined", .. command]).Succeeds();
    }

    [SystemdAppArmorFact]
    public void A_profile_that_somebody_unloads_is_loaded_again()
    {
        engine.Import();
        engine.Docker("run", "--rm", "box", "true").Succeeds();
        File.WriteAllText("/sys/kernel/security/apparmor/.remove", Profile);
        Assert.Equal(Profile + " (enforce)", engine.Docker(["run", "--rm", "box", .. Current]).Succeeds().Text);
    }

    [SystemdAppArmorFact]
    public void It_forbids_the_files_that_dockers_profile_forbids()
    {
        // With all rights and the profile: nothing else is in the way of a write. Files are opened, and nothing is written.
        const string Script = """
            while read -r file; do
              if { true >> "$file"; } 2> /dev/null; then echo "written $file"; elif { true < "$file"; } 2> /dev/null; then echo "read $file"; else echo "neither $file"; fi
            done < /list
            """;
        string folder = TestDirectory.Make("files");
        File.WriteAllText(folder + "/list", Machine.Run("sh", "-c", "{ find /proc -maxdepth 1 -type f; find /proc/sys /proc/irq /proc/fs /proc/net/ -type f; find /sys -type f -perm -200 | awk 'NR % 5 == 0'; find /sys/fs /sys/firmware /sys/kernel/security -type f; } 2> /dev/null | grep -v -e kmsg -e /sys/fs/cgroup -e /debug/ -e /tracing/ | sort -u").Stdout);
        Assert.InRange(File.ReadLines(folder + "/list").Count(), 1000, 100_000);
        string[] Options(string profile) => ["run", "--rm", "--privileged", "--network", "none", "--security-opt", "apparmor=" + profile, "-v", folder + "/list:/list:ro", "box", "sh", "-c", Script];
        engine.Import();
        dockerd.Start();
        string[] theirs = dockerd.Docker(Options("docker-default")).Succeeds().Lines, ours = engine.Docker(Options(Profile)).Succeeds().Lines;
        Assert.Equal(theirs, ours);
        Assert.Contains("read /proc/sys/kernel/shmmax", ours);
        Assert.Contains("neither /proc/kcore", ours);
        string[] free = engine.Docker(Options("unconfined")).Succeeds().Lines;
        Assert.Contains("written /proc/sys/kernel/shmmax", free);
        Assert.DoesNotContain("neither /proc/kcore", free);
        TestDirectory.Remove(folder);
    }
}
