using System.Text.Json.Nodes;

namespace Keelson.Attacks;

/// <summary>
/// Attack 11: mappings or namespaces of more than 64 KiB, whose length wraps in a field of 16 bits so that the rest is taken for other orders
/// (CVE-2021-43784). Here they do not travel as messages; what the kernel would not take whole is refused.
/// </summary>
public sealed class LongMappingTests : IDisposable
{
    private const int Wrapping = 1 << 16;
    private RuntimeUnderTest? runtime;

    public void Dispose() => runtime?.Dispose();

    [RootTheory]
    [OpenAt2Data]
    public void Mappings_of_more_than_64_KiB_are_refused(OpenAt2 openAt2)
    {
        foreach (string kind in (string[])["linux.uidMappings", "linux.gidMappings"])
        {
            BundleBuilder bundle = Make(openAt2).Bundle("cat", "/proc/self/uid_map").InUserNamespace().Set(kind, Mappings(5000, out int bytes));
            Assert.True(bytes > Wrapping);
            runtime!.Container(bundle).TryCreate().Exits(1).Fails("more than 340 entries");
            Assert.Empty(runtime.FindLeaks());
            runtime.Dispose();
        }
    }

    /// <summary>As many as a page holds work, one more line does not, and never are only some of them in force.</summary>
    [RootTheory]
    [OpenAt2Data]
    public void As_many_mappings_as_the_kernel_takes_are_all_in_force(OpenAt2 openAt2)
    {
        for (int count = 250; ; count += 10)
        {
            JsonArray mappings = Mappings(count, out int bytes);
            BundleBuilder bundle = Make(openAt2).Bundle("sh", "-c", "wc -l < /proc/self/uid_map").InUserNamespace().Set("linux.uidMappings", mappings);
            CommandResult result = runtime!.RunBundle(bundle);
            runtime.Dispose();
            if (bytes < 4096) Assert.Equal($"{count}\n", result.Succeeds().Stdout);
            else
            {
                result.Fails("mappings");
                Assert.True(count > 250, "not one fits");
                return;
            }
        }
    }

    [RootTheory]
    [OpenAt2Data]
    public void Mappings_of_a_mount_of_more_than_64_KiB_are_refused(OpenAt2 openAt2)
    {
        BundleBuilder bundle = Make(openAt2).Bundle("true").Mount("/mnt", "bind", "/tmp", "bind");
        JsonObject mount = (JsonObject)((JsonArray)bundle.Config["mounts"]!)[^1]!;
        mount["uidMappings"] = Mappings(5000, out _);
        mount["gidMappings"] = Mappings(5000, out _);
        runtime!.Container(bundle).TryCreate().Exits(1).Fails("more than 340 entries");
        Assert.Empty(runtime.FindLeaks());
    }

    [RootTheory]
    [OpenAt2Data]
    public void Namespace_paths_of_more_than_64_KiB_are_refused(OpenAt2 openAt2)
    {
        // Each of them names the host's namespace in its first bytes, where a wrapped length would end.
        foreach (string type in (string[])["network", "ipc", "uts", "mount", "user", "pid", "cgroup"])
        {
            string file = type switch { "network" => "net", "mount" => "mnt", _ => type };
            BundleBuilder bundle = Make(openAt2).Bundle("true").Namespace(type, $"/proc/1/ns/{file}" + new string('/', Wrapping) + "x");
            runtime!.Container(bundle).TryCreate().Exits(1).Fails("ENAMETOOLONG");
            Assert.Empty(runtime.FindLeaks());
            runtime.Dispose();
        }
    }

    [RootTheory]
    [OpenAt2Data]
    public void A_hostname_or_path_of_more_than_64_KiB_is_refused(OpenAt2 openAt2)
    {
        string text = "/" + new string('a', Wrapping);
        foreach (string path in (string[])["hostname", "domainname", "root.path", "process.cwd", "linux.cgroupsPath", "process.oomScoreAdj"])
        {
            BundleBuilder bundle = Make(openAt2).Bundle("true").Set(path, text);
            runtime!.Container(bundle).TryCreate().Exits(1);
            Assert.Empty(runtime.FindLeaks());
            runtime.Dispose();
        }
    }

    /// <summary>Single IDs, so that none can be joined with the next.</summary>
    private static JsonArray Mappings(int count, out int bytes)
    {
        JsonArray mappings = [];
        bytes = 0;
        for (int i = 0; i < count; i++)
        {
            int host = 100000 + i * 2;
            mappings.Add(new JsonObject { ["containerID"] = i, ["hostID"] = host, ["size"] = 1 });
            bytes += $"{i} {host} 1\n".Length;
        }
        return mappings;
    }

    private RuntimeUnderTest Make(OpenAt2 openAt2) => runtime = AttackRuntime.Make(openAt2);
}
