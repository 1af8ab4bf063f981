using Keelson.Engine.Containers;
using Keelson.Linux.Sys;

namespace Keelson.Engine.Tests.Containers;

/// <summary>A daemon's process that kills itself at a step of the life of a plug-in's volume: FOLDER STEP PLUGINS.</summary>
internal static class VolumeLife
{
    public static async Task<int> RunAsync(string[] words)
    {
        ContainersUnderTest test = await ContainersUnderTest.StartAsync(words[0], step =>
        {
            if (step == words[1]) _ = Processes.TryKill(Environment.ProcessId, Signals.SIGKILL);
        }, plugins: words[2]);
        await test.Service.Volumes.CreateAsync("one", driver: "pv");
        string id = await test.CreateAsync(["true"], host: new() { Binds = ["one:/data"] });
        Task<ContainerExit> end = test.Service.WaitAsync(id, WaitCondition.NextExit);
        await test.Service.StartAsync(id);
        await end;
        await test.Service.RemoveAsync(id);
        await test.Service.Volumes.RemoveAsync("one");
        await Console.Error.WriteLineAsync("the step was not reached: " + words[1]);
        return 1;
    }
}
