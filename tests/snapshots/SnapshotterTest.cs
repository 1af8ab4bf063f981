using System.Globalization;
using Keelson.Linux.Sys;

namespace Keelson.Snapshots.Tests;

/// <summary>A test with a snapshotter in a directory of its own; layers are made and looked at by shell scripts in real mounts.</summary>
public abstract class SnapshotterTest : IDisposable
{
    private readonly Lazy<ISnapshotter> snapshotter;
    private int last;
    private bool isClosed;

    protected SnapshotterTest()
    {
        Work = MakeWork();
        Root = Work + "/root";
        snapshotter = new(() => Open(Root));
    }

    /// <summary>A directory for this test.</summary>
    protected string Work { get; }

    /// <summary>That of the snapshotter.</summary>
    protected string Root { get; }

    /// <summary>The snapshotter, opened when it is first used.</summary>
    protected ISnapshotter Snapshotter => snapshotter.Value;

    /// <summary>Makes the directory for this test, which the test removes.</summary>
    protected virtual string MakeWork() => TestDirectory.Make("snapshots");

    /// <summary>Opens the tested snapshotter.</summary>
    protected abstract ISnapshotter Open(string root);

    /// <summary>Closes the tested snapshotter before the end of the test.</summary>
    protected void Close()
    {
        Close(Snapshotter);
        isClosed = true;
    }

    /// <summary>Closes a snapshotter, and takes away what it keeps mounted.</summary>
    protected static void Close(ISnapshotter opened)
    {
        (opened as ErofsSnapshotter)?.UnmountLayers();
        ((IDisposable)opened).Dispose();
    }

    /// <summary>Makes a committed snapshot: a shell script changes an active one.</summary>
    protected async Task LayerAsync(string name, string parent, string script)
    {
        string key = NewKey();
        await WriteAsync(key, parent, script);
        await Snapshotter.CommitAsync(name, key);
    }

    /// <summary>Makes an active snapshot and changes it.</summary>
    protected async Task WriteAsync(string key, string parent, string script)
    {
        IReadOnlyList<Mount> mounts = await Snapshotter.PrepareAsync(key, parent);
        InMount(mounts, script).Succeeds();
    }

    /// <summary>Looks at a committed snapshot through a view; the script must print <paramref name="expected"/>.</summary>
    protected async Task SeesAsync(string parent, string script, string expected)
    {
        string key = NewKey();
        CommandResult result = InMount(await Snapshotter.ViewAsync(key, parent), script);
        Assert.True(result.ExitCode == 0 && result.Text == expected, $"expected '{expected}': {result}");
        await Snapshotter.RemoveAsync(key);
    }

    /// <summary>Runs a shell script in a mounted snapshot.</summary>
    protected CommandResult InMount(IReadOnlyList<Mount> mounts, string script)
    {
        string place = MakePlace();
        MountSet.Mount(mounts, place);
        try
        {
            return ChildProcess.Run(["sh", "-ec", script], new() { Directory = place });
        }
        finally
        {
            MountSet.Unmount(place);
            Directory.Delete(place);
        }
    }

    /// <summary>A directory to mount on.</summary>
    protected string MakePlace() => Directory.CreateDirectory(string.Create(CultureInfo.InvariantCulture, $"{Work}/mount-{++last}")).FullName;

    /// <summary>A key that is not taken.</summary>
    protected string NewKey() => string.Create(CultureInfo.InvariantCulture, $"key-{++last}");

    /// <summary>The keys of all snapshots.</summary>
    protected async Task<string> KeysAsync(Func<SnapshotInfo, bool>? filter = null)
    {
        List<string> keys = [];
        await foreach (SnapshotInfo info in Snapshotter.WalkAsync(filter)) keys.Add(info.Name);
        return string.Join(' ', keys);
    }

    /// <summary>Fails the test unless a call fails in this way.</summary>
    protected static async Task FailsAsync(ErrorKind kind, Func<ValueTask> call, string message)
    {
        KeelsonException e = await Assert.ThrowsAsync<KeelsonException>(async () => await call());
        Assert.Equal(kind, e.Kind);
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
    }

    /// <summary>As the other, for a call with an answer.</summary>
    protected static Task FailsAsync<T>(ErrorKind kind, Func<ValueTask<T>> call, string message) => FailsAsync(kind, async () => { await call(); }, message);

    public void Dispose()
    {
        if (snapshotter.IsValueCreated && !isClosed) Close(snapshotter.Value);
        // Names need not be text.
        TreeRemover.Remove(Files.AT_FDCWD, Work, CancellationToken.None);
        GC.SuppressFinalize(this);
    }
}
