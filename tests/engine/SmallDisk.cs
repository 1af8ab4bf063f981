namespace Keelson.Engine.Tests;

/// <summary>A small file system in memory, which a test can fill to the last byte.</summary>
internal sealed class SmallDisk : IDisposable
{
    private SmallDisk(string path) => Path = path;

    public string Path { get; }

    private string Filler => Path + "/filler";

    /// <summary>Mounts one.</summary>
    public static SmallDisk Mount(int mebibytes)
    {
        string path = TestDirectory.Make("small");
        ChildProcess.Run(["mount", "-t", "tmpfs", "-o", $"size={mebibytes}m", "tmpfs", path]).Succeeds();
        return new(path);
    }

    /// <summary>Takes all room that is left, but for so many bytes.</summary>
    public void Fill(int leftBytes = 0)
    {
        ChildProcess.Run(["dd", "if=/dev/zero", "of=" + Filler, "bs=64k"]).Fails("No space left on device");
        using FileStream filler = File.OpenWrite(Filler);
        filler.SetLength(filler.Length - leftBytes);
    }

    /// <summary>Gives the room back.</summary>
    public void Free() => File.Delete(Filler);

    public void Dispose()
    {
        // Trees are deleted in the background, perhaps this very moment.
        ChildProcess.Run(["umount", "-l", Path]).Succeeds();
        TestDirectory.Remove(Path);
    }
}
