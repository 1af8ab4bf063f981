using Keelson.Content;
using Keelson.Distribution.Tests;
using Keelson.Engine.Images;
using Keelson.Snapshots;

namespace Keelson.Engine.Tests;

/// <summary>An engine in this process, in directories of its own.</summary>
internal sealed class EngineUnderTest : IAsyncDisposable
{
    public const string Space = "default";

    private readonly bool ownsFolder;

    private EngineUnderTest(string folder, bool ownsFolder, ContainerEngine engine) => (Folder, this.ownsFolder, Engine) = (folder, ownsFolder, engine);

    public string Folder { get; }

    public ContainerEngine Engine { get; }

    public MetadataDatabase Database => Engine.Database;

    public ImageService Images => Engine.Images;

    public ISnapshotter Snapshots => Engine.Snapshots.Of(Space);

    /// <summary>Opens an engine.</summary>
    /// <param name="folder">Directories that an earlier one left; fresh ones by default.</param>
    /// <param name="images">How images come.</param>
    /// <param name="step">Called between the steps of all changes.</param>
    public static async Task<EngineUnderTest> OpenAsync(string? folder = null, ImageServiceOptions? images = null, Action<string>? step = null)
    {
        string directory = folder ?? TestDirectory.Make("engine");
        ContainerEngine engine = await ContainerEngine.OpenAsync(new()
        {
            Root = directory + "/root",
            State = directory + "/state",
            Metadata = new(directory + "/root/store"),
            Snapshots = new() { Step = step },
            Images = (images ?? new() { Client = Clients.Impatient }) with { Step = step },
        });
        return new(directory, folder is null, engine);
    }

    /// <summary>Puts a file into an active snapshot, through its mounts.</summary>
    public static void WriteFile(IReadOnlyList<Mount> mounts, string name, string text)
    {
        using TemporaryMount mount = TemporaryMount.Open(mounts);
        File.WriteAllText(mount.Path + "/" + name, text);
    }

    /// <summary>Makes a committed snapshot with one file.</summary>
    public async Task LayerAsync(string name, string parent, string file, string text, string? lease = null)
    {
        ISnapshotter snapshots = Engine.Snapshots.Of(Space, "", lease);
        WriteFile(await snapshots.PrepareAsync("key of " + name, parent), file, text);
        await snapshots.CommitAsync(name, "key of " + name);
    }

    /// <summary>The files of a committed snapshot with all below it: names, types, modes and contents.</summary>
    public async Task<string> TreeAsync(string name)
    {
        string key = "look at " + Guid.NewGuid();
        using (TemporaryMount mount = TemporaryMount.Open(await Snapshots.ViewAsync(key, name)))
        {
            string tree = ChildProcess.Run(["sh", "-c", $"cd {mount.Path.Replace("/self/", $"/{Environment.ProcessId}/", StringComparison.Ordinal)}/ && find . -mindepth 1 -printf '%P %y %m %U:%G %l\\n' | sort; find . -type f | sort | xargs -r cat"]).Succeeds().Text;
            await Snapshots.RemoveAsync(key);
            return tree;
        }
    }

    /// <summary>Directories of the default snapshotter that hold snapshots.</summary>
    public int CountDirectories() => Directory.GetDirectories(Folder + "/root/snapshotters/overlayfs/snapshots").Length;

    public async Task<List<string>> KeysAsync()
    {
        List<string> keys = [];
        await foreach (SnapshotInfo info in Snapshots.WalkAsync()) keys.Add(info.Name);
        return keys;
    }

    public async ValueTask DisposeAsync()
    {
        await Engine.DisposeAsync();
        if (ownsFolder) TestDirectory.Remove(Folder);
    }
}
