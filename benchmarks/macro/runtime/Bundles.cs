using System.Text.Json.Nodes;

namespace Keelson.Bench.Runtime;

/// <summary>Bundles that share one root file system with Debian's static busybox.</summary>
internal sealed class Bundles
{
    private readonly string folder, cgroup;
    private readonly JsonObject standard, docker;

    /// <param name="sandbox">Where to put them.</param>
    /// <param name="spawner">Runs <paramref name="specProgram"/>.</param>
    /// <param name="specProgram">The runtime whose <c>spec</c> command writes the standard configuration.</param>
    public Bundles(Sandbox sandbox, Spawner spawner, string specProgram)
    {
        folder = sandbox.Folder + "/bundles";
        cgroup = sandbox.Cgroup;
        RootFileSystem = sandbox.Folder + "/rootfs";
        foreach (string name in (string[])["bin", "dev", "etc", "proc", "sys", "tmp"]) Directory.CreateDirectory($"{RootFileSystem}/{name}");
        File.Copy("/bin/busybox", RootFileSystem + "/bin/busybox");
        foreach (string applet in (string[])["true", "sleep", "sh"]) File.CreateSymbolicLink($"{RootFileSystem}/bin/{applet}", "busybox");
        string hostFiles = sandbox.Folder + "/host";
        Directory.CreateDirectory(hostFiles);
        foreach (string name in (string[])["hosts", "hostname", "resolv.conf"])
        {
            File.WriteAllText($"{hostFiles}/{name}", "");
            File.WriteAllText($"{RootFileSystem}/etc/{name}", "");
        }
        standard = RunSpec(spawner, specProgram, sandbox.Folder);
        docker = DockerConfiguration.Build(hostFiles, EngineProfile.ForRuntime(EngineProfile.PackagedPath, DockerConfiguration.DefaultCapabilities));
    }

    /// <summary>The shared root file system.</summary>
    public string RootFileSystem { get; }

    /// <summary>A bundle with what <c>runc spec</c> writes.</summary>
    public string Standard(string name, Action<JsonObject>? change = null) => Write(name, standard, change);

    /// <summary>A bundle with what docker writes.</summary>
    public string Docker(string name, Action<JsonObject>? change = null) => Write(name, docker, change);

    /// <summary>The profile that <see cref="Docker"/> uses.</summary>
    public JsonNode Seccomp => docker["linux"]!["seccomp"]!.DeepClone();

    private string Write(string name, JsonObject from, Action<JsonObject>? change)
    {
        JsonObject configuration = from.DeepClone().AsObject();
        configuration["root"]!["path"] = RootFileSystem;
        configuration["linux"]!["cgroupsPath"] = $"{cgroup}/{name}";
        change?.Invoke(configuration);
        string bundle = $"{folder}/{name}";
        Directory.CreateDirectory(bundle);
        File.WriteAllText(bundle + "/config.json", configuration.ToJsonString());
        return bundle;
    }

    private static JsonObject RunSpec(Spawner spawner, string program, string folder)
    {
        if (spawner.Run(new Command([program, "spec", "--bundle", folder])).Failures != 0)
            throw new InvalidOperationException($"{program} spec: {spawner.TakeOutput()}");
        JsonObject configuration = JsonNode.Parse(File.ReadAllText(folder + "/config.json"))!.AsObject();
        configuration["process"]!["terminal"] = false;
        configuration["process"]!["args"] = new JsonArray("/bin/true");
        return configuration;
    }
}
