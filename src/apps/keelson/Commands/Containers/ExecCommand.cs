using Keelson.Cli.Creating;
using Keelson.Cli.Parsing;
using Keelson.Cli.Terminal;
using Keelson.Docker;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Cli.Commands.Containers;

/// <summary><c>exec</c>.</summary>
internal static class ExecCommand
{
    public static Command Command => new("run a command in a running container", "[options] CONTAINER COMMAND [ARGUMENT…]",
    [
        Option.Flag("d,detach", "leave the command alone"),
        Option.Value("detach-keys", "keys", "the keys that leave the command alone"),
        Option.List("e,env", "name[=value]", "set a variable, or pass it on"),
        Option.List("env-file", "file", "read variables from a file", "files"),
        Option.Flag("i,interactive", "keep stdin open"),
        Option.Flag("privileged", "give all capabilities"),
        Option.Flag("t,tty", "give the command a terminal"),
        Option.Value("u,user", "user[:group]", "user name or ID, and group"),
        Option.Value("w,workdir", "path", "the working directory inside"),
    ], Run)
    { Least = 2, StopsAtArgument = true, Completes = "running" };

    private static int Run(Session session)
    {
        Arguments arguments = session.Arguments;
        bool isDetached = arguments.Flag("detach"), isTerminal = arguments.Flag("tty"), input = arguments.Flag("interactive") && !isDetached;
        if (isTerminal && input && !RawTerminal.IsInput) throw new KeelsonException(ErrorKind.FailedPrecondition, "attach stdin: the input device is not a TTY; leave out -t");
        DetachKeys keys = new(arguments.Value("detach-keys"));
        List<string> environment = KeyValues.FromFiles(arguments.List("env-file"), passesOn: true);
        foreach (string variable in arguments.List("env"))
        {
            if (variable.Contains('=', StringComparison.Ordinal)) environment.Add(variable);
            else if (Environment.GetEnvironmentVariable(variable) is { } value) environment.Add($"{variable}={value}");
        }
        string execId = session.Client.CreateExec(arguments.Words[0], new()
        {
            User = arguments.Value("user") ?? "",
            Privileged = arguments.Flag("privileged"),
            Tty = isTerminal,
            AttachStdin = input,
            AttachStdout = !isDetached,
            AttachStderr = !isDetached,
            Detach = isDetached,
            DetachKeys = arguments.Value("detach-keys") ?? "",
            Env = environment.Count > 0 ? [.. environment] : null,
            WorkingDir = arguments.Value("workdir") ?? "",
            Cmd = [.. arguments.Words.Skip(1)],
        });
        if (isDetached)
        {
            session.Client.StartExecDetached(execId, isTerminal);
            return 0;
        }
        return Attached(session.Client, execId, isTerminal, input, keys);
    }

    private static int Attached(DockerClient client, string execId, bool isTerminal, bool input, DetachKeys keys)
    {
        using SignalSource signals = new();
        using UpgradedConnection connection = client.StartExec(execId, isTerminal);
        using RawTerminal? raw = isTerminal && input ? RawTerminal.Enter() : null;
        Action<int, int>? resize = isTerminal && Output.IsTerminal ? (rows, columns) => Try(client, execId, rows, columns) : null;
        if (resize is not null && Terminals.TryReadSize(1, out ushort rows, out ushort columns) == Errno.None) resize(rows, columns);
        StreamRelay relay = new(connection) { CopiesInput = input, IsTerminal = isTerminal, Keys = raw is null ? null : keys, Raw = raw, Source = signals, Resize = resize };
        if (relay.Run() == RelayEnd.Detached) return 0;
        return client.InspectExec(execId).ExitCode ?? 0;
    }

    /// <summary>The command may have ended just now.</summary>
    private static void Try(DockerClient client, string execId, int rows, int columns)
    {
        try
        {
            client.ResizeExec(execId, rows, columns);
        }
        catch (DockerException)
        {
        }
    }
}
