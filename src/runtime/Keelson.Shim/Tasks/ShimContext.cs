using Keelson.Cgroups;
using Keelson.Shim.Events;
using Keelson.Shim.Loop;

namespace Keelson.Shim.Tasks;

/// <summary>What all containers of a shim share.</summary>
internal sealed class ShimContext(EventLoop loop, ChildReaper reaper, EventPublisher events, ShimLog log, string containerNamespace)
{
    private CgroupLayout? cgroups;

    public EventLoop Loop => loop;

    public ChildReaper Reaper => reaper;

    public EventPublisher Events => events;

    public ShimLog Log => log;

    /// <summary>How many runtime programs may make processes at a time.</summary>
    public LaunchGate Launches { get; } = new(loop, Math.Max(4, 2 * Environment.ProcessorCount));

    /// <summary>Namespace of the containers.</summary>
    public string Namespace => containerNamespace;

    /// <summary>The machine's cgroup hierarchies.</summary>
    public CgroupLayout Cgroups => cgroups ??= CgroupLayout.Detect();

    /// <summary>Takes charge of a task that nobody awaits: what it throws is a fault of ours, and is logged.</summary>
    public void Track(Task task) => _ = TrackAsync(task);

    private async Task TrackAsync(Task task)
    {
        try
        {
            await task;
        }
        catch (Exception e)
        {
            log.Error($"fault in the shim: {e}");
        }
    }
}
