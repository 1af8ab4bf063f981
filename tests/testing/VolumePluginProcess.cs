using System.Text.Json;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Testing;

/// <summary>A plug-in for volumes that is none of ours: a program in Python, which does what a test tells it.</summary>
public sealed class VolumePluginProcess : IDisposable
{
    private readonly string folder = TestDirectory.Make("volume-plugin");
    private ChildProcess? process;

    /// <summary>Starts it.</summary>
    public VolumePluginProcess(string name = "pv")
    {
        Driver = name;
        Directory.CreateDirectory(Sockets);
        Start();
    }

    /// <summary>What it is called.</summary>
    public string Driver { get; }

    /// <summary>Where the engine finds it.</summary>
    public string Sockets => folder + "/sockets";

    /// <summary>Its volumes, directories.</summary>
    public string Volumes => folder + "/volumes";

    /// <summary>Names of its volumes.</summary>
    public IEnumerable<string?> Names => Directory.GetDirectories(Volumes).Select(Path.GetFileName).Order(StringComparer.Ordinal);

    /// <summary>What it was asked to change, oldest first: the method, the volume, and what it was told; identities of uses are numbers from 1.</summary>
    public string[] Changes
    {
        get
        {
            List<string> ids = [];
            List<string> changes = [];
            foreach (string line in File.Exists(folder + "/notes") ? File.ReadAllLines(folder + "/notes") : [])
            {
                using JsonDocument note = JsonDocument.Parse(line);
                string method = note.RootElement.GetProperty("method").GetString()!.Replace("VolumeDriver.", "", StringComparison.Ordinal);
                JsonElement asked = note.RootElement.GetProperty("asked");
                if (method is not ("Create" or "Mount" or "Unmount" or "Remove")) continue;
                string more = "";
                if (asked.TryGetProperty("ID", out JsonElement id))
                {
                    if (!ids.Contains(id.GetString()!)) ids.Add(id.GetString()!);
                    more = $" {ids.IndexOf(id.GetString()!) + 1}";
                }
                if (asked.TryGetProperty("Opts", out JsonElement options)) more = " " + options.GetRawText();
                changes.Add($"{method} {asked.GetProperty("Name").GetString()}{more}");
            }
            return [.. changes];
        }
    }

    /// <summary>How many uses it knows of a volume.</summary>
    public int Uses(string name) => File.Exists($"{folder}/mounted-{name}") ? File.ReadAllText($"{folder}/mounted-{name}").Split(' ', StringSplitOptions.RemoveEmptyEntries).Length : 0;

    /// <summary>Whether it was asked this, whatever it does with it.</summary>
    public bool WasAsked(string method) => File.Exists(folder + "/notes") && File.ReadAllText(folder + "/notes").Contains($"\"VolumeDriver.{method}\"", StringComparison.Ordinal);

    /// <summary>Gives it rules, as <c>volume-plugin.py</c> says.</summary>
    public void Rule(string json)
    {
        File.WriteAllText(folder + "/rules.new", json);
        File.Move(folder + "/rules.new", folder + "/rules", overwrite: true);
    }

    /// <summary>Forgets what it was asked.</summary>
    public void Forget() => File.Delete(folder + "/notes");

    /// <summary>Starts it again; it knows what it knew.</summary>
    public void Start()
    {
        string socket = $"{Sockets}/{Driver}.sock";
        process = ChildProcess.Start(["/usr/bin/python3", Path.Combine(Repository.Root, "tests/testing/volume-plugin.py"), socket, folder]);
        Condition.Await("the plug-in listens: " + process.Stderr, () =>
        {
            if (Linux.Sys.Sockets.TryConnect(socket, out FdHandle? connection) != Errno.None) return false;
            connection!.Dispose();
            return true;
        });
    }

    /// <summary>Ends it at once; its socket goes, too.</summary>
    public void Kill()
    {
        process!.Signal(Signals.SIGKILL);
        process.WaitForEnd();
        process.Dispose();
        process = null;
        File.Delete($"{Sockets}/{Driver}.sock");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (process is not null) Kill();
        TestDirectory.Remove(folder);
    }
}
