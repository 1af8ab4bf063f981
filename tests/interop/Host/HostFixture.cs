namespace Keelson.Interop.Tests;

/// <summary>A private host with a daemon and an image in it, for all tests of a collection.</summary>
public abstract class HostFixture(CgroupLayout layout = CgroupLayout.AsTheMachine) : IAsyncLifetime
{
    private int names;

    /// <summary>The host.</summary>
    public PrivateHost Host { get; private set; } = null!;

    /// <summary>The tested runtime, where every user of the host may run it.</summary>
    public static string Runtime { get; } = "/run/bin/" + Path.GetFileName(RuntimeUnderTest.Program);

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        Host = await PrivateHost.StartAsync(layout);
        try
        {
            // A caller that falls back to "runc" must not find another runtime: ctr does so for --no-pivot and --uidmap.
            (await Host.RunAsync("install", "-D", "--mode", "755", RuntimeUnderTest.Program, Runtime)).Succeeds();
            if (Path.GetFileName(Runtime) != "runc") (await Host.RunAsync("ln", "-s", Runtime, "/run/bin/runc")).Succeeds();
            Host.Environment["PATH"] = "/run/bin:" + Host.Environment["PATH"];
            await BusyboxArchive.WriteAsync(Host.Root + "/run/busybox.tar");
            await PrepareAsync();
        }
        catch
        {
            await DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts what the host is for. <c>/run/busybox.tar</c> is there.</summary>
    protected abstract Task PrepareAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>A name for a container that no other test uses.</summary>
    public string NewName() => $"c{Interlocked.Increment(ref names)}";
}
