using System.Text;
using System.Text.Json.Nodes;
using Keelson.Engine.Tasks;
using Keelson.Linux.Sys;
using Keelson.Shim.Api;
using TaskStatus = Keelson.Shim.Api.TaskStatus;

namespace Keelson.Tasks.Tests.Support;

/// <summary>A task of a test.</summary>
internal sealed record EngineTask(EngineUnderTest Engine, string Space, string Id, int Pid)
{
    private ITaskService Tasks => Engine.Tasks;

    /// <summary>What the list says of it.</summary>
    public TaskStatus? Listed => Tasks.List(Space).FirstOrDefault(task => task.Id == Id)?.Status;

    /// <summary>Adds a process.</summary>
    public Task AddAsync(string execId, StdioPaths stdio, params string[] command)
    {
        JsonObject process = new()
        {
            ["args"] = new JsonArray([.. command.Select(word => (JsonNode)word)]), ["cwd"] = "/", ["terminal"] = stdio.Terminal,
            ["env"] = new JsonArray("PATH=/bin", Engine.Runtime.Mark), ["user"] = new JsonObject { ["uid"] = 0, ["gid"] = 0 },
        };
        TypedMessage spec = new("types.containerd.io/opencontainers/runtime-spec/1/Process", Encoding.UTF8.GetBytes(process.ToJsonString()));
        return Tasks.ExecAsync(Space, new(Id, execId, stdio, spec));
    }

    /// <summary>Adds a process without streams and starts it.</summary>
    public async Task<int> ExecAsync(string execId, params string[] command)
    {
        await AddAsync(execId, new("", "", "", false), command);
        return await Tasks.StartAsync(Space, Id, execId);
    }

    /// <summary>Waits for its end.</summary>
    public Task<ExitResponse> WaitAsync(string execId = "") => Tasks.WaitAsync(Space, Id, execId);

    /// <summary>Kills it, waits and deletes it.</summary>
    public async Task<ExitResponse> EndAsync()
    {
        Task<ExitResponse> end = WaitAsync();
        try
        {
            await Tasks.KillAsync(Space, Id, Signals.SIGKILL);
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.NotFound)
        {
            // It has ended.
        }
        await end;
        return await Tasks.DeleteAsync(Space, Id);
    }
}
