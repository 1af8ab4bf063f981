using System.Diagnostics;

namespace Keelson.Bench.Engine;

/// <summary>A daemon that a contender's clients talk to.</summary>
/// <param name="sandbox">Where it runs.</param>
/// <param name="spawner">Starts it.</param>
/// <param name="name">Its name, also of its cgroup.</param>
/// <param name="command">Its command line.</param>
/// <param name="answers">Whether it answers.</param>
internal sealed class Daemon(EngineSandbox sandbox, Spawner spawner, string name, IReadOnlyList<string> command, Func<bool> answers)
{
    private readonly Command command = new(command);
    private int pid;

    public string Name => name;

    /// <summary>Starts it.</summary>
    /// <returns>Milliseconds until its first answer.</returns>
    public double Start()
    {
        sandbox.Enter(name);
        long start = Stopwatch.GetTimestamp();
        pid = spawner.Start(command);
        EngineSandbox.Leave();
        try
        {
            Wait.Until(name, answers);
        }
        catch (InvalidOperationException e)
        {
            throw new InvalidOperationException($"{e.Message}: {spawner.TakeOutput()}");
        }
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    /// <summary>Ends it as a crash does; containers run on.</summary>
    public void Kill() => End(Native.SIGKILL);

    /// <summary>Asks it to end and waits.</summary>
    public void Stop() => End(15);

    private void End(int signal)
    {
        if (pid == 0) return;
        _ = Native.kill(pid, signal);
        Spawner.WaitFor(pid);
        pid = 0;
    }
}
