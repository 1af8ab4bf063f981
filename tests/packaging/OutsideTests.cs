using System.Text.Json.Nodes;

namespace Keelson.Packaging.Tests;

/// <summary>A stranger's programs on the packages: the samples, outside of the tree.</summary>
public sealed class OutsideTests(OutsideProjects projects) : IClassFixture<OutsideProjects>, IDisposable
{
    private readonly string directory = TestDirectory.Make("outside");

    public void Dispose() => TestDirectory.Remove(directory);

    [InstallFact("dotnet")]
    public void Every_sample_builds_and_says_how_it_is_used()
    {
        Assert.NotEmpty(OutsideProjects.Names);
        foreach (string sample in OutsideProjects.Names) Run(sample).Exits(2).Fails("usage: " + sample);
        Assert.Equal(["Keelson.Core.dll", "Keelson.Oci.dll"], Directory.EnumerateFiles(Path.GetDirectoryName(projects.Program("read-bundle"))!, "Keelson.*.dll").Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [InstallFact("dotnet")]
    public void Oci_a_bundle_is_read_and_checked()
    {
        Bundle(spec => spec["process"]!["args"] = new JsonArray("echo", "hello"));
        CommandResult read = Run("read-bundle", directory).Succeeds();
        Assert.StartsWith("runs echo hello as user 0 on ", read.Stdout, StringComparison.Ordinal);
        Bundle(spec => spec.Remove("root"));
        Run("read-bundle", directory).Fails("error: root: is missing");
        File.WriteAllText(directory + "/config.json", "{");
        Run("read-bundle", directory).Fails("config.json");
    }

    [InstallFact("dotnet")]
    public void Runtime_a_container_runs()
    {
        Bundle(spec =>
        {
            spec["process"]!["args"] = new JsonArray("sh", "-c", "echo from inside; exit 7");
            spec["process"]!["terminal"] = false;
            spec["root"]!["path"] = BusyboxRootfs.Shared;
            spec["linux"]!["cgroupsPath"] = $"/{TestDirectory.Name}/outside";
        });
        CommandResult ran = Run("run-container", directory, directory + "/state").Exits(7);
        Assert.Contains("from inside\n", ran.Stdout, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(directory + "/state"));
    }

    [InstallFact("dotnet tar")]
    public void Archive_a_layer_is_unpacked()
    {
        Directory.CreateDirectory(directory + "/tree/etc");
        File.WriteAllText(directory + "/tree/etc/greeting", "hello\n");
        ChildProcess.Run(["tar", "-C", directory + "/tree", "-czf", directory + "/layer.tar.gz", "."]).Succeeds();
        CommandResult unpacked = Run("unpack-layer", directory + "/layer.tar.gz", directory + "/root").Succeeds();
        Assert.StartsWith("3 entries, ", unpacked.Stdout, StringComparison.Ordinal);
        Assert.Equal("hello\n", File.ReadAllText(directory + "/root/etc/greeting"));
        File.WriteAllText(directory + "/layer.tar.gz", "no layer");
        Run("unpack-layer", directory + "/layer.tar.gz", directory + "/other").Exits(1);
    }

    [InstallFact("dotnet")]
    public void Tuf_a_file_is_signed_and_a_changed_one_refused()
    {
        File.WriteAllText(directory + "/file", "hello\n");
        Assert.Equal("file: 6 bytes, as they were signed\n", Run("sign-and-verify", directory + "/file", directory + "/tuf").Succeeds().Stdout);
        Assert.Equal("file: 6 bytes, as they were signed\n", Run("sign-and-verify", directory + "/file", directory + "/tuf").Succeeds().Stdout);
        File.WriteAllText(directory + "/file", "hallo\n");
        Run("sign-and-verify", directory + "/file", directory + "/tuf").Fails("get file");
    }

    [InstallFact("dotnet docker-registry skopeo")]
    public async Task Distribution_and_engine_an_image_is_pulled_and_run()
    {
        string archive = directory + "/box.tar";
        await BusyboxArchive.WriteAsync(archive);
        using DebianRegistry registry = new();
        string name = registry.Name + "/team/box:1";
        Skopeo.Copy("docker-archive:" + archive, "docker://" + name, "--remove-signatures");

        Assert.Contains("it runs sh", Run("pull-image", name, directory + "/layout").Succeeds().Stdout, StringComparison.Ordinal);
        Assert.Equal(Skopeo.DigestOf("docker://" + name), Skopeo.DigestOf("oci:" + directory + "/layout"));
        CommandResult ran = Run("run-image", directory + "/engine", name, "sh", "-c", "echo out; exit 7").Exits(7);
        Assert.Equal("out\n", ran.Stdout);
    }

    /// <summary>Writes the configuration that <c>keelson-runtime spec</c> makes, with a change.</summary>
    private void Bundle(Action<JsonObject> change)
    {
        string file = directory + "/config.json";
        File.Delete(file);
        ChildProcess.Run([Repository.PublishedRuntime, "spec"], new() { Directory = directory }).Succeeds();
        JsonObject spec = JsonNode.Parse(File.ReadAllText(file))!.AsObject();
        change(spec);
        File.WriteAllText(file, spec.ToJsonString());
    }

    private CommandResult Run(string sample, params IReadOnlyList<string> arguments) => ChildProcess.Run([projects.Program(sample), .. arguments], new()
    {
        Limit = TimeSpan.FromMinutes(1),
        Environment = new Dictionary<string, string>
        {
            ["PATH"] = $"{Path.GetDirectoryName(Repository.PublishedShim)}:{Path.GetDirectoryName(Repository.PublishedRuntime)}:/usr/sbin:/usr/bin:/sbin:/bin",
            ["KEELSON_SHIM_SOCKETS"] = TestDirectory.Root + "/s",
            ["DOTNET_ROOT"] = Environment.GetEnvironmentVariable("DOTNET_ROOT") ?? "",
        },
    });
}
