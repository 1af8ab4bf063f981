using Keelson.Linux;

namespace Keelson.Content.Tests;

/// <summary>A disk that stops at one of its changes, and does nothing from then on.</summary>
internal class FaultDisk(int stopAt, bool isHalfWritten, Action? stop = null) : Disk
{
    private int steps;

    /// <summary>Changes so far.</summary>
    public int Steps => Volatile.Read(ref steps);

    /// <summary>Whether it has stopped.</summary>
    public bool IsStopped => Steps >= stopAt;

    public override FdHandle Create(string path)
    {
        Step();
        return base.Create(path);
    }

    public override FdHandle Open(string path)
    {
        if (IsStopped) throw new StoppedException();
        return base.Open(path);
    }

    public override void Write(FdHandle file, string path, ReadOnlySpan<byte> data)
    {
        int step = Interlocked.Increment(ref steps);
        if (step == stopAt && isHalfWritten) base.Write(file, path, data[..(data.Length / 2)]);
        if (step >= stopAt) Stop();
        base.Write(file, path, data);
    }

    public override void SetLength(FdHandle file, string path, long bytes)
    {
        Step();
        base.SetLength(file, path, bytes);
    }

    public override void Sync(FdHandle file, string path)
    {
        Step();
        base.Sync(file, path);
    }

    public override void SyncDirectory(string path)
    {
        Step();
        base.SyncDirectory(path);
    }

    public override void Rename(string from, string to)
    {
        Step();
        base.Rename(from, to);
    }

    public override bool Remove(string path)
    {
        Step();
        return base.Remove(path);
    }

    private void Step()
    {
        if (Interlocked.Increment(ref steps) >= stopAt) Stop();
    }

    private void Stop()
    {
        stop?.Invoke();
        throw new StoppedException();
    }
}

/// <summary>The disk has stopped; nothing that comes after changes anything.</summary>
internal sealed class StoppedException() : KeelsonException(ErrorKind.Unknown, "the disk has stopped");
