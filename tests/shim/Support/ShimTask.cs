using Keelson.Linux.Sys;
using Keelson.Shim.Api;

namespace Keelson.Shim.Tests.Support;

/// <summary>One container of a test.</summary>
internal sealed record ShimTask(ShimUnderTest Shim, TaskClient Client, BundleBuilder Bundle, string Id)
{
    /// <summary>Its first process.</summary>
    public int Pid { get; set; }

    /// <summary>What it is doing.</summary>
    public async Task<Api.TaskStatus> StatusAsync(string execId = "") => (await Client.StateAsync(Id, execId)).Status;

    /// <summary>Adds a process and starts it.</summary>
    public async Task<int> ExecAsync(string execId, StdioPaths stdio, params string[] command)
    {
        await Client.ExecAsync(new ExecRequest(Id, execId, stdio, ShimUnderTest.ProcessSpec(Bundle, stdio.Terminal, command)));
        return await Client.StartAsync(Id, execId);
    }

    /// <summary>Kills it, waits and deletes it; then the shim may end.</summary>
    public async Task<ExitResponse> EndAsync()
    {
        await Client.KillAsync(Id, Signals.SIGKILL);
        await Client.WaitAsync(Id);
        return await DeleteAsync();
    }

    /// <summary>Deletes it; then the shim may end.</summary>
    public async Task<ExitResponse> DeleteAsync()
    {
        ExitResponse exit = await Client.DeleteAsync(Id);
        await Client.ShutdownAsync(Id);
        return exit;
    }
}
