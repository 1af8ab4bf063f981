using Keelson.Linux.Sys;
using Keelson.Runtime;

namespace Keelson.RuntimeCli.Commands;

/// <summary><c>run [options] ID</c>.</summary>
internal static class RunCommand
{
    /// <summary>Creates and starts a container; unless detached, waits for its end, passes signals on, removes it and returns its status.</summary>
    public static int Run(GlobalOptions options, ArgumentReader reader)
    {
        CreateArguments arguments = CreateArguments.Parse(reader);
        ContainerRuntime runtime = options.NewRuntime();
        if (arguments.IsDetached)
        {
            using Container detached = runtime.Run(arguments.ToOptions());
            detached.Unlock();
            detached.Notify?.WaitForReady(detached.Pid);
            return 0;
        }
        if (!arguments.NoSubreaper) Processes.TryBecomeSubreaper();
        TerminalRelay? terminal = null;
        using ForegroundWait wait = new();
        using Container container = runtime.Run(arguments.ToOptions(() => (terminal = new TerminalRelay()).SocketPath));
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
