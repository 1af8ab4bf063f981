namespace Keelson.Cgroups.Tests;

/// <summary>Directories with plain files that stand for control files. What is written lands at the beginning of the file, so files that are written start empty.</summary>
internal sealed class FakeTree : IDisposable
{
    private readonly string root = TestDirectory.Make("tree");

    public string this[string file] => File.ReadAllText($"{root}/{file}");

    public string Path(string name) => root + "/" + name;

    /// <summary>Makes a directory with files.</summary>
    public FakeTree Add(string directory, params ReadOnlySpan<(string Name, string Text)> files)
    {
        Directory.CreateDirectory(Path(directory));
        foreach ((string name, string text) in files) File.WriteAllText(Path(directory + "/" + name), text);
        return this;
    }

    /// <summary>A group whose directories are those of the tree: <c>memory:memory/x</c>, <c>:unified/x</c>.</summary>
    public Cgroup Open(params ReadOnlySpan<string> directories)
    {
        List<string> saved = ["cgroupfs"];
        foreach (string directory in directories)
        {
            int colon = directory.IndexOf(':', StringComparison.Ordinal);
            saved.Add($"{directory[..colon]}:{Path(directory[(colon + 1)..])}");
        }
        return Cgroup.Open(saved);
    }

    public void Dispose() => TestDirectory.Remove(root);
}
