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
            return 0;
        }
        if (!arguments.NoSubreaper) Processes.TryBecomeSubreaper();
        TerminalRelay? terminal = null;
        using ForegroundWait wait = new();
        using Container container = runtime.Run(arguments.ToOptions(() => (terminal = new TerminalRelay()).SocketPath));
        using TerminalRelay? relay = terminal;
        int code = wait.For(container.Pid, relay).ShellCode;
        if (!arguments.Keeps) container.Delete(force: true);
        return code;
    }
}
