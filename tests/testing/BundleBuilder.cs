using System.Text.Json;
using System.Text.Json.Nodes;

namespace Keelson.Testing;

/// <summary>
/// Builds a bundle from what <c>runc spec</c> prints, with a busybox for root, a cgroup of its own and no terminal. runtime-spec "bundle.md".
/// </summary>
/// <remarks>
/// Paths into the document are written with dots: <c>Set("linux.resources.memory.limit", 1048576)</c> makes the objects on the way.
/// Process and hooks carry <see cref="RuntimeUnderTest.Mark"/> in their environment, by which processes that were left behind are found.
/// </remarks>
public sealed class BundleBuilder
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };
    private readonly string mark;

    internal BundleBuilder(string directory, string cgroupsPath, string mark)
    {
        Directory = directory;
        this.mark = mark;
        Config = DefaultConfig();
        Set("root.path", BusyboxRootfs.Shared);
        Set("linux.cgroupsPath", cgroupsPath);
        Environment(mark);
    }

    /// <summary>The bundle's directory.</summary>
    public string Directory { get; }

    /// <summary>The configuration, to be changed at will before <see cref="Write"/>.</summary>
    public JsonObject Config { get; }

    /// <summary>The container's cgroup below each hierarchy.</summary>
    public string CgroupsPath => (string)Config["linux"]!["cgroupsPath"]!;

    /// <summary>The program and its arguments.</summary>
    public BundleBuilder Args(params string[] arguments) => Set("process.args", Strings(arguments));

    /// <summary>Runs lines of the busybox shell.</summary>
    public BundleBuilder Shell(string script) => Args("sh", "-c", script);

    /// <summary>What user 1000 may run without the help of others: they are root of a user namespace in which nobody else is, with the host's network and without limits.</summary>
    public BundleBuilder ForUser()
    {
        const string Own = """[{"containerID": 0, "hostID": 1000, "size": 1}]""";
        return Namespace("user").WithoutNamespace("network").SetJson("linux.uidMappings", Own).SetJson("linux.gidMappings", Own)
            .Set("linux.resources", null).Set("linux.cgroupsPath", null)
            .WithoutMount("/sys").WithoutMount("/sys/fs/cgroup").Mount("/sys", "none", "/sys", "rbind", "nosuid", "noexec", "nodev", "ro")
            .WithoutMount("/dev/pts").Mount("/dev/pts", "devpts", "devpts", "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620");
    }

    /// <summary>Adds variables, each <c>NAME=VALUE</c>.</summary>
    public BundleBuilder Environment(params string[] variables)
    {
        foreach (string variable in variables) Array("process.env").Add(variable);
        return this;
    }

    /// <summary>Sets what is at a path of names with dots between; <see langword="null"/> removes it.</summary>
    public BundleBuilder Set(string path, JsonNode? value)
    {
        string[] names = path.Split('.');
        JsonObject at = Config;
        foreach (string name in names[..^1]) at = (JsonObject)(at[name] ??= new JsonObject());
        if (value is null) at.Remove(names[^1]);
        else at[names[^1]] = value;
        return this;
    }

    /// <summary>Sets what is at a path to a piece of JSON text.</summary>
    public BundleBuilder SetJson(string path, string json) => Set(path, JsonNode.Parse(json));

    /// <summary>Appends a piece of JSON text to the array at a path, which is made when missing.</summary>
    public BundleBuilder AddJson(string path, string json)
    {
        Array(path).Add(JsonNode.Parse(json));
        return this;
    }

    /// <summary>Changes the configuration by hand.</summary>
    public BundleBuilder With(Action<JsonObject> change)
    {
        change(Config);
        return this;
    }

    /// <summary>Appends a mount.</summary>
    public BundleBuilder Mount(string destination, string type, string source, params string[] options)
    {
        Array("mounts").Add(new JsonObject { ["destination"] = destination, ["type"] = type, ["source"] = source, ["options"] = Strings(options) });
        return this;
    }

    /// <summary>Takes the mount at a destination out.</summary>
    public BundleBuilder WithoutMount(string destination) => Remove("mounts", "destination", destination);

    /// <summary>Adds a namespace, or gives the one of this type another path.</summary>
    /// <param name="type">pid, network, mount, ipc, uts, user, cgroup or time.</param>
    /// <param name="path">The namespace to join; <see langword="null"/> for a new one.</param>
    public BundleBuilder Namespace(string type, string? path = null)
    {
        WithoutNamespace(type);
        JsonObject entry = new() { ["type"] = type };
        if (path is not null) entry["path"] = path;
        Array("linux.namespaces").Add(entry);
        return this;
    }

    /// <summary>Takes a namespace out: the container shares that of the caller.</summary>
    public BundleBuilder WithoutNamespace(string type) => Remove("linux.namespaces", "type", type);

    /// <summary>The same capabilities in some of the five sets: bounding, effective, permitted, inheritable, ambient.</summary>
    public BundleBuilder Capabilities(string[] sets, params string[] names)
    {
        foreach (string set in sets) Set("process.capabilities." + set, Strings(names));
        return this;
    }

    /// <summary>Adds a hook that runs lines of the host's shell. Its environment holds <c>PATH</c>.</summary>
    /// <param name="kind">prestart, createRuntime, createContainer, startContainer, poststart or poststop.</param>
    /// <param name="script">The lines; the container's state is on standard input.</param>
    /// <param name="timeoutSeconds">0: without limit.</param>
    public BundleBuilder Hook(string kind, string script, int timeoutSeconds = 0)
    {
        JsonObject hook = new()
        {
            ["path"] = "/bin/sh",
            ["args"] = Strings("sh", "-c", script),
            ["env"] = Strings("PATH=/usr/sbin:/usr/bin:/sbin:/bin", mark),
        };
        if (timeoutSeconds > 0) hook["timeout"] = timeoutSeconds;
        Array("hooks." + kind).Add(hook);
        return this;
    }

    /// <summary>Gives the container a root of its own that it may write to.</summary>
    public BundleBuilder WritableRoot()
    {
        Set("root.path", BusyboxRootfs.Copy(Directory + "/rootfs"));
        return Set("root.readonly", false);
    }

    /// <summary>The host's path of the root file system.</summary>
    public string Rootfs => (string)Config["root"]!["path"]!;

    /// <summary>Writes <c>config.json</c>; may be called again after changes.</summary>
    public BundleBuilder Write()
    {
        File.WriteAllText(Directory + "/config.json", Config.ToJsonString(Indented));
        return this;
    }

    private JsonArray Array(string path)
    {
        JsonNode at = Config;
        string[] names = path.Split('.');
        foreach (string name in names[..^1]) at = at[name] ??= new JsonObject();
        return (JsonArray)(at[names[^1]] ??= new JsonArray());
    }

    private BundleBuilder Remove(string path, string key, string value)
    {
        JsonArray array = Array(path);
        for (int i = array.Count - 1; i >= 0; i--)
            if ((string?)array[i]![key] == value)
                array.RemoveAt(i);
        return this;
    }

    private static JsonArray Strings(params string[] texts) => new([.. texts.Select(t => (JsonNode)t)]);

    private static JsonObject DefaultConfig() => (JsonObject)JsonNode.Parse("""
        {
          "ociVersion": "1.0.2",
          "process": {
            "terminal": false,
            "user": { "uid": 0, "gid": 0 },
            "args": ["true"],
            "env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"],
            "cwd": "/",
            "capabilities": {
              "bounding": ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"],
              "effective": ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"],
              "permitted": ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"]
            },
            "rlimits": [{ "type": "RLIMIT_NOFILE", "hard": 1024, "soft": 1024 }],
            "noNewPrivileges": true
          },
          "root": { "path": "rootfs", "readonly": true },
          "hostname": "keelson",
          "mounts": [
            { "destination": "/proc", "type": "proc", "source": "proc" },
            { "destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "strictatime", "mode=755", "size=65536k"] },
            { "destination": "/dev/pts", "type": "devpts", "source": "devpts",
              "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"] },
            { "destination": "/dev/shm", "type": "tmpfs", "source": "shm", "options": ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"] },
            { "destination": "/dev/mqueue", "type": "mqueue", "source": "mqueue", "options": ["nosuid", "noexec", "nodev"] },
            { "destination": "/sys", "type": "sysfs", "source": "sysfs", "options": ["nosuid", "noexec", "nodev", "ro"] },
            { "destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": ["nosuid", "noexec", "nodev", "relatime", "ro"] }
          ],
          "linux": {
            "resources": { "devices": [{ "allow": false, "access": "rwm" }] },
            "namespaces": [{ "type": "pid" }, { "type": "network" }, { "type": "ipc" }, { "type": "uts" }, { "type": "mount" }],
            "maskedPaths": ["/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
              "/proc/timer_stats", "/proc/sched_debug", "/sys/firmware", "/proc/scsi"],
            "readonlyPaths": ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]
          }
        }
        """)!;
}
