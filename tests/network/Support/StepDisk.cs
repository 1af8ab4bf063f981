using Keelson.Linux;

namespace Keelson.Network.Tests;

/// <summary>A disk whose changes are steps: one may fail, or end the process.</summary>
/// <param name="step">Called before each change; what it throws is the disk's failure.</param>
internal sealed class StepDisk(Action<string> step) : Disk
{
    public override FdHandle Create(string path)
    {
        step("create");
        return base.Create(path);
    }

    public override void Write(FdHandle file, string path, ReadOnlySpan<byte> data)
    {
        step("write");
        base.Write(file, path, data);
    }

    public override void Sync(FdHandle file, string path)
    {
        step("sync");
        base.Sync(file, path);
    }

    public override void SyncDirectory(string path)
    {
        step("sync directory");
        base.SyncDirectory(path);
    }

    public override void Rename(string from, string to)
    {
        step("rename");
        base.Rename(from, to);
    }

    public override bool Remove(string path)
    {
        step(path.EndsWith(".new", StringComparison.Ordinal) ? "remove unfinished" : "remove");
        return base.Remove(path);
    }
}
