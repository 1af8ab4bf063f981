using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace Keelson.Bench.Registry;

/// <summary>The two registries, each on a store of its own that held the same things before it was started.</summary>
internal sealed class Registries : IDisposable
{
    /// <summary>As many repositories are there, each with one tag.</summary>
    private const int Repositories = 10_000, Tags = 100;

    private readonly string folder, keelsond;
    private readonly Spawner spawner;
    private readonly Dictionary<string, (int Pid, IPEndPoint Address)> running = [];

    public Registries(string folder, Spawner spawner, string keelsond)
    {
        (this.folder, this.spawner, this.keelsond) = (folder, spawner, keelsond);
        foreach (string name in Names) Fill($"{folder}/{name}/docker/registry/v2");
        try
        {
            foreach (string name in Names) Start(name);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public static IReadOnlyList<string> Names { get; } = ["registry", "keelson"];

    /// <summary>A repository with a manifest, tags and a small blob.</summary>
    public const string Repository = "r/app";

    /// <summary>A blob of some 200 bytes, and the manifest.</summary>
    public string SmallBlob { get; private set; } = "";

    public string Manifest { get; private set; } = "";

    public IPEndPoint AddressOf(string name) => running[name].Address;

    /// <summary>CPU time so far in milliseconds.</summary>
    public double CpuMilliseconds(string name) => 10.0 * File.ReadAllText($"/proc/{running[name].Pid}/stat").Split(") ")[^1].Split(' ')[11..13].Sum(word => long.Parse(word, CultureInfo.InvariantCulture));

    /// <summary>A line of the process's status, in MiB.</summary>
    public double Mebibytes(string name, string line) =>
        long.Parse(File.ReadLines($"/proc/{running[name].Pid}/status").First(text => text.StartsWith(line, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024.0;

    /// <summary>Its share of memory, in MiB.</summary>
    public double Proportional(string name) =>
        long.Parse(File.ReadLines($"/proc/{running[name].Pid}/smaps_rollup").First(text => text.StartsWith("Pss:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024.0;

    /// <summary>Makes the largest memory so far what it is now.</summary>
    public void ResetPeak(string name) => File.WriteAllText($"/proc/{running[name].Pid}/clear_refs", "5");

    public void Dispose()
    {
        foreach ((int pid, _) in running.Values)
        {
            _ = Native.kill(pid, 15);
            Spawner.WaitFor(pid);
        }
        running.Clear();
    }

    private void Start(string name)
    {
        IPEndPoint address = new(IPAddress.Loopback, Loopback.FreePort());
        if (name == "registry")
        {
            File.WriteAllText(folder + "/registry.yml", $"version: 0.1\nlog:\n  accesslog:\n    disabled: true\n  level: error\nstorage:\n  filesystem:\n    rootdirectory: {folder}/registry\n  cache:\n    blobdescriptor: inmemory\nhttp:\n  addr: {address}\n");
            running[name] = (spawner.Start(new(["/usr/bin/docker-registry", "serve", folder + "/registry.yml"])), address);
        }
        else
        {
            File.WriteAllText(folder + "/keelson.toml", $"log.level = \"warn\"\nhttp.addr = \"{address}\"\nstorage.filesystem.rootdirectory = \"{folder}/keelson\"\n");
            running[name] = (spawner.Start(new([keelsond, "registry", "serve", "--config", folder + "/keelson.toml"])), address);
        }
        for (int i = 0; !Loopback.Accepts(address); i++)
        {
            if (i > 1000) throw new InvalidOperationException($"{name} did not start: {spawner.TakeOutput()}");
            spawner.Run(new(["/bin/sleep", "0.01"]));
        }
    }

    /// <summary>Writes a store in the layout that both have.</summary>
    private void Fill(string root)
    {
        byte[] config = Encoding.ASCII.GetBytes("""{"architecture":"amd64","os":"linux","config":{"Cmd":["/bin/sh"],"Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]},"rootfs":{"type":"layers","diff_ids":[]}}""");
        SmallBlob = Blob(root, config);
        byte[] manifest = Encoding.ASCII.GetBytes($$$"""{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:{{{SmallBlob}}}","size":{{{config.Length}}}},"layers":[]}""");
        Manifest = Blob(root, manifest);
        AddRepository(root, Repository, Tags);
        for (int i = 0; i < Repositories; i++) AddRepository(root, string.Create(CultureInfo.InvariantCulture, $"many/{i % 100}/repository-{i}"), 1);
    }

    private void AddRepository(string root, string name, int tags)
    {
        string at = $"{root}/repositories/{name}";
        Link($"{at}/_layers/sha256/{SmallBlob}", SmallBlob);
        Link($"{at}/_manifests/revisions/sha256/{Manifest}", Manifest);
        for (int i = 0; i < tags; i++)
        {
            string tag = string.Create(CultureInfo.InvariantCulture, $"{at}/_manifests/tags/v{i}");
            Link($"{tag}/current", Manifest);
            Link($"{tag}/index/sha256/{Manifest}", Manifest);
        }
    }

    private static string Blob(string root, byte[] content)
    {
        string hex = Convert.ToHexStringLower(SHA256.HashData(content)), at = $"{root}/blobs/sha256/{hex[..2]}/{hex}";
        Directory.CreateDirectory(at);
        File.WriteAllBytes(at + "/data", content);
        return hex;
    }

    private static void Link(string at, string hex)
    {
        Directory.CreateDirectory(at);
        File.WriteAllText(at + "/link", "sha256:" + hex);
    }
}
