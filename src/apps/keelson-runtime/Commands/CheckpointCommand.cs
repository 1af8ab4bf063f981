using System.Globalization;
using Keelson.Linux.Sys;
using Keelson.Runtime;

namespace Keelson.RuntimeCli.Commands;

/// <summary><c>checkpoint [options] ID</c>.</summary>
internal static class CheckpointCommand
{
    /// <summary>Saves a container with criu(8) and, unless it is left running, deletes it.</summary>
    public static int Run(GlobalOptions options, ArgumentReader reader)
    {
        CriuArguments criu = new();
        bool leavesRunning = false, preDump = false;
        string? parent = null;
        (string, int)? server = null;
        int? statusFd = null;
        string id = reader.ReadId(name =>
        {
            switch (name)
            {
                case "leave-running": leavesRunning = reader.Switch(); break;
                case "pre-dump": preDump = reader.Switch(); break;
                case "parent-path": parent = reader.Value(); break;
                case "page-server": server = PageServer(reader.Value()); break;
                case "status-fd": statusFd = StatusFd(reader.Number()); break;
                default:
                    if (!criu.TryOption(name, reader)) throw reader.Unknown();
                    break;
            }
        });
        using Container container = options.NewRuntime().Open(id);
        container.Checkpoint(new CheckpointOptions
        {
            ImagePath = criu.ImagePath,
            WorkPath = criu.WorkPath,
            TcpEstablished = criu.TcpEstablished,
            ExternalUnixSockets = criu.ExternalUnixSockets,
            ShellJob = criu.ShellJob,
            FileLocks = criu.FileLocks,
            LazyPages = criu.LazyPages,
            AutoDedup = criu.AutoDedup,
            CgroupMode = criu.CgroupMode,
            EmptyNamespaces = criu.EmptyNamespaces,
            LeavesRunning = leavesRunning,
            PreDump = preDump,
            ParentPath = parent,
            PageServer = server,
            StatusFd = statusFd,
        });
        return 0;
    }

    /// <summary><c>ADDRESS:PORT</c>; an address of IPv6 may stand in brackets.</summary>
    private static (string, int) PageServer(string text)
    {
        int colon = text.LastIndexOf(':');
        if (colon > 0 && ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port) && port != 0)
            return (text[..colon].Trim('[', ']'), port);
        throw new KeelsonException(ErrorKind.InvalidArgument, $"command line: option --page-server: use --page-server ADDRESS:PORT, not '{text}'");
    }

    /// <summary>-1 stands for none, as callers of runC write it.</summary>
    private static int? StatusFd(long number)
    {
        if (number == -1) return null;
        if (number is >= 0 and <= ushort.MaxValue && Files.IsOpen((int)number)) return (int)number;
        throw new KeelsonException(ErrorKind.InvalidArgument, $"command line: option --status-fd: descriptor {number} is not open");
    }
}
