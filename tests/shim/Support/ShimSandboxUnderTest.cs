using Keelson.Shim.Api;
using Keelson.Ttrpc;

namespace Keelson.Shim.Tests.Support;

/// <summary>One sandbox of a test, in a shim of its own.</summary>
internal sealed record ShimSandboxUnderTest(ShimUnderTest Shim, TtrpcClient Connection, BundleBuilder Bundle, string Id)
{
    /// <summary>Calls the shim about the sandbox.</summary>
    public SandboxClient Client { get; } = new(Connection);

    /// <summary>Makes a sandbox.</summary>
    /// <param name="shim">The shim's place.</param>
    /// <param name="change">Changes the configuration before.</param>
    public static async Task<ShimSandboxUnderTest> CreateAsync(ShimUnderTest shim, Action<BundleBuilder> change)
    {
        string id = shim.Runtime.NewId();
        BundleBuilder bundle = shim.Runtime.Bundle("true");
        change(bundle);
        // As the daemon notes it: the bundle of a sandbox names itself.
        await File.WriteAllTextAsync(bundle.Directory + "/sandbox", id);
        TtrpcClient connection = await shim.ConnectRawAsync(bundle, id);
        ShimSandboxUnderTest sandbox = new(shim, connection, bundle, id);
        await sandbox.Client.CreateAsync(new(id, bundle.Directory) { Options = (shim.Options with { Root = shim.Runtime.StateDirectory }).ToMessage() });
        return sandbox;
    }

    /// <summary>Runs a container in the namespaces of a process, with the test's directory at <c>/out</c>.</summary>
    public async Task<ShimTask> RunAsync(BundleBuilder bundle, int pid)
    {
        string id = Shim.Runtime.NewId();
        foreach ((string type, string file) in (ReadOnlySpan<(string, string)>)[("network", "net"), ("ipc", "ipc"), ("uts", "uts")]) bundle.Namespace(type, $"/proc/{pid}/ns/{file}");
        bundle.Set("hostname", null).Mount("/out", "bind", Shim.Directory, "bind", "rw").Write();
        await File.WriteAllTextAsync(bundle.Directory + "/sandbox", Id);
        TaskClient tasks = new(Connection);
        ShimTask task = new(Shim, tasks, bundle, id);
        task.Pid = await tasks.CreateAsync(new CreateRequest(id, bundle.Directory, new StdioPaths("", "", "", false)) { Options = (Shim.Options with { Root = Shim.Runtime.StateDirectory }).ToMessage() });
        await tasks.StartAsync(id);
        return task;
    }
}
