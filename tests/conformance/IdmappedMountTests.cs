using Keelson.Linux.Sys;

namespace Keelson.Conformance;

/// <summary>runtime-spec config "Mounts": options idmap and ridmap, uidMappings and gidMappings of a mount. Row R11.</summary>
public sealed class IdmappedMountTests : IDisposable
{
    private const string Mapping = """[{"containerID": 0, "hostID": 100000, "size": 65536}]""";
    private readonly RuntimeUnderTest runtime = new();
    private readonly string place;

    // Before Linux 6.3 the owners of tmpfs cannot be mapped; those of a disk's file system can.
    public IdmappedMountTests() => place = Needs.Missing(Need.MappedTmpfs) is null ? runtime.WorkDirectory : Directory.CreateDirectory($"/var/tmp/{TestDirectory.Name}-owners").FullName;

    public void Dispose()
    {
        runtime.Dispose();
        if (place != runtime.WorkDirectory) Directory.Delete(place, recursive: true);
    }

    [RootFact]
    [Reference("runc", "1.1.5 has no idmapped mounts; crun passes")]
    public void A_mount_without_mappings_of_its_own_takes_those_of_the_user_namespace()
    {
        BundleBuilder bundle = Mapped(runtime.Bundle("stat", "-c", "%u:%g", "/mnt/file", "/mnt/other")).Mount("/mnt", "bind", Source(), "bind", "idmap");
        Assert.Equal("0:0\n1000:1000\n", runtime.RunBundle(bundle).Succeeds().Stdout);
    }

    [RootFact]
    [Reference("runc", "1.1.5 has no idmapped mounts; crun passes")]
    public void Files_made_through_an_idmapped_mount_belong_to_the_source_s_owner()
    {
        string source = Source();
        runtime.RunBundle(Mapped(runtime.Bundle("touch", "/mnt/new")).Mount("/mnt", "bind", source, "bind", "idmap")).Succeeds();
        Assert.Equal(Linux.Errno.None, Files.TryStatus(source + "/new", out FileStatus status));
        Assert.Equal((0u, 0u), (status.Uid, status.Gid));
    }

    [RootFact]
    [Reference("runc", "1.1.5 has no idmapped mounts; crun 1.8.1 reads the mappings of a mount from options")]
    public void A_mount_has_mappings_of_its_own()
    {
        BundleBuilder bundle = Mapped(runtime.Bundle("stat", "-c", "%u:%g", "/mnt/file"))
            .AddJson("mounts", $$"""
                {"destination": "/mnt", "type": "bind", "source": "{{Source()}}", "options": ["bind", "idmap"],
                 "uidMappings": [{"containerID": 0, "hostID": 100007, "size": 10}], "gidMappings": [{"containerID": 0, "hostID": 100008, "size": 10}]}
                """);
        Assert.Equal("7:8\n", runtime.RunBundle(bundle).Succeeds().Stdout);
    }

    [RootFact]
    [Reference("runc", "1.1.5 has no idmapped mounts; crun 1.8.1 reads the mappings of a mount from options")]
    public void A_mount_with_mappings_works_without_a_user_namespace()
    {
        BundleBuilder bundle = runtime.Bundle("stat", "-c", "%u:%g", "/mnt/file")
            .AddJson("mounts", $$"""
                {"destination": "/mnt", "type": "bind", "source": "{{Source()}}", "options": ["bind", "idmap"],
                 "uidMappings": [{"containerID": 0, "hostID": 7, "size": 10}], "gidMappings": [{"containerID": 0, "hostID": 8, "size": 10}]}
                """);
        Assert.Equal("7:8\n", runtime.RunBundle(bundle).Succeeds().Stdout);
    }

    [RootTheory]
    [InlineData("idmap", "65534:65534")]
    [InlineData("ridmap", "0:0")]
    [Reference("runc", "1.1.5 has no idmapped mounts; crun 1.8.1 has no ridmap")]
    public void Ridmap_reaches_the_mounts_below_and_idmap_does_not(string option, string below)
    {
        Directory.CreateDirectory(place + "/below");
        using HostMount source = HostMount.Bind(place, Directory.CreateDirectory(place + "/tree").FullName);
        using HostMount inner = HostMount.Bind(place + "/below", source.Target + "/below");
        BundleBuilder bundle = Mapped(runtime.Bundle("stat", "-c", "%u:%g", "/mnt", "/mnt/below")).Mount("/mnt", "bind", source.Target, "rbind", option);
        Assert.Equal($"0:0\n{below}\n", runtime.RunBundle(bundle).Succeeds().Stdout);
    }

    [RootFact]
    public void Without_idmap_files_of_the_host_s_root_belong_to_nobody()
    {
        BundleBuilder bundle = Mapped(runtime.Bundle("stat", "-c", "%u:%g", "/mnt/file")).Mount("/mnt", "bind", Source(), "bind");
        Assert.Equal("65534:65534\n", runtime.RunBundle(bundle).Succeeds().Stdout);
    }

    [RootFact]
    [Reference("runc", "1.1.5 has no idmapped mounts and hands the option to the file system")]
    public void Idmap_without_mappings_and_without_a_user_namespace_is_refused()
    {
        BundleBuilder bundle = runtime.Bundle("true").Mount("/mnt", "bind", Source(), "bind", "idmap");
        runtime.RunBundle(bundle).Fails("map");
        Assert.Empty(runtime.FindLeaks());
    }

    // A directory with a file of root and one of user 1000.
    private string Source()
    {
        string source = Directory.CreateDirectory(place + "/source").FullName;
        File.WriteAllText(source + "/file", "");
        File.WriteAllText(source + "/other", "");
        Files.TryChangeOwner(source + "/other", 1000, 1000);
        return source;
    }

    private static BundleBuilder Mapped(BundleBuilder bundle) =>
        bundle.Namespace("user").SetJson("linux.uidMappings", Mapping).SetJson("linux.gidMappings", Mapping);
}
