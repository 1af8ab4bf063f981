using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Oci;
using Keelson.Runtime;

namespace Keelson.RuntimeCli.Commands;

/// <summary><c>exec [options] ID COMMAND [arguments]</c> or <c>exec --process FILE ID</c>.</summary>
internal static class ExecCommand
{
    /// <summary>Runs a process in a container; unless detached, waits for it and returns its status.</summary>
    public static int Run(GlobalOptions options, ArgumentReader reader)
    {
        ExecArguments arguments = ExecArguments.Parse(reader);
        using Container container = options.NewRuntime().Open(arguments.Id);
        ProcessSpec process = arguments.ToProcess(container);
        using TerminalRelay? relay = process.Terminal && arguments.ConsoleSocket is null && !arguments.IsDetached ? new TerminalRelay() : null;
        if (relay is not null && Terminals.TryReadSize(0, out ushort rows, out ushort columns) == Errno.None)
            process.ConsoleSize ??= new ConsoleSize { Height = rows, Width = columns };
        using ForegroundWait? wait = arguments.IsDetached ? null : new ForegroundWait();
        int pid = container.Exec(new ExecOptions
        {
            Process = process,
            ConsoleSocket = arguments.ConsoleSocket ?? relay?.SocketPath,
            PidFile = arguments.PidFile,
            PidFdSocket = arguments.PidFdSocket,
            SubCgroup = arguments.SubCgroup,
            SubCgroupControllers = arguments.SubCgroupControllers,
            IgnoresPaused = arguments.IgnoresPaused,
            PreserveFds = arguments.PreserveFds,
        });
        return wait is null ? 0 : wait.For(pid, relay).ShellCode;
    }
}
