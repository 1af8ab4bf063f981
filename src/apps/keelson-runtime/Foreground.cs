using Keelson.Linux.Sys;
using Keelson.Runtime;
using Keelson.RuntimeCli.Commands;

namespace Keelson.RuntimeCli;

/// <summary>Stays with a container that was just started, or leaves it alone when it is detached.</summary>
internal static class Foreground
{
    /// <summary>Starts a container; unless detached, waits for its end, passes signals on, removes it and returns its status.</summary>
    /// <param name="options">Global options.</param>
    /// <param name="arguments">The command line.</param>
    /// <param name="start">Starts the container; it becomes a child of this process.</param>
    public static int Run(GlobalOptions options, CreateArguments arguments, Func<ContainerRuntime, CreateOptions, Container> start)
    {
        ContainerRuntime runtime = options.NewRuntime();
        if (arguments.IsDetached)
        {
            using Container detached = start(runtime, arguments.ToOptions());
            detached.Unlock();
            detached.Notify?.WaitForReady(detached.Pid);
            return 0;
        }
        if (!arguments.NoSubreaper) Processes.TryBecomeSubreaper();
        TerminalRelay? terminal = null;
        using ForegroundWait wait = new();
        using Container container = start(runtime, arguments.ToOptions(() => (terminal = new TerminalRelay()).SocketPath));
        using TerminalRelay? relay = terminal;
        container.Unlock();
        WaitStatus status = wait.For(container.Pid, relay, container.Notify);
        if (arguments.Keeps) container.RememberEnd(status);
        else Delete(container);
        return status.ShellCode;
    }

    private static void Delete(Container container)
    {
        try
        {
            container.Delete(force: true);
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.NotFound)
        {
            // Another command was quicker.
        }
    }
}
