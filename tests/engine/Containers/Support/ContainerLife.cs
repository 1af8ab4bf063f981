using Keelson.Engine.Containers;
using Keelson.Linux.Sys;

namespace Keelson.Engine.Tests.Containers;

/// <summary>A daemon's process that kills itself at a step of a container's life: FOLDER STEP [PLACE].</summary>
internal static class ContainerLife
{
    public static async Task<int> RunAsync(string[] words)
    {
        ContainersUnderTest test = await ContainersUnderTest.StartAsync(words[0], step =>
        {
            if (step == words[1]) _ = Processes.TryKill(Environment.ProcessId, Signals.SIGKILL);
        }, words.Length > 2 ? words[2] : null);
        string id = await test.CreateAsync(["echo", "said"], settings => settings with { Labels = new Dictionary<string, string> { [KeepLogs.Label] = "true" } }, host: words.Length > 2 ? new() { PortBindings = new Dictionary<string, IReadOnlyList<PortBinding>?> { ["80/tcp"] = [new("", "8080")] } } : null);
        Task<ContainerExit> end = test.Service.WaitAsync(id, WaitCondition.NextExit);
        await test.Service.StartAsync(id);
        await end;
        await test.Service.RemoveAsync(id);
        await Console.Error.WriteLineAsync("the step was not reached: " + words[1]);
        return 1;
    }
}
