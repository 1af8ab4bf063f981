using Keelson.Linux.Sys;
using Keelson.Runtime;

namespace Keelson.RuntimeCli.Commands;

/// <summary>Commands that act on one container and print nothing.</summary>
internal static class LifecycleCommands
{
    /// <summary><c>start ID</c>. Under a service manager that wants notices it waits until the program is ready, or has ended.</summary>
    public static int Start(GlobalOptions options, ArgumentReader reader)
    {
        using Container container = Open(options, reader);
        container.Start(CreateArguments.NotifySocket);
        container.Unlock();
        container.Notify?.WaitForReady(container.Pid);
        return 0;
    }

    /// <summary><c>pause ID</c>.</summary>
    public static int Pause(GlobalOptions options, ArgumentReader reader)
    {
        using Container container = Open(options, reader);
        container.Pause();
        return 0;
    }

    /// <summary><c>resume ID</c>.</summary>
    public static int Resume(GlobalOptions options, ArgumentReader reader)
    {
        using Container container = Open(options, reader);
        container.Resume();
        return 0;
    }

    /// <summary><c>kill [--all] [--regex] ID [SIGNAL]</c>; SIGTERM by default.</summary>
    public static int Kill(GlobalOptions options, ArgumentReader reader)
    {
        bool all = false, regex = false;
        List<string> positional = [];
        do
        {
            while (reader.NextOption() is { } name)
            {
                if (name is "all" or "a") all = reader.Switch();
                else if (name is "regex" or "r") regex = reader.Switch();
                else throw reader.Unknown();
            }
            if (reader.NextPositional() is not { } argument) break;
            positional.Add(argument);
        } while (true);
        if (positional.Count is 0 or > 2) throw new KeelsonException(ErrorKind.InvalidArgument, "command line: kill takes a container's ID and a signal");
        int signal = positional.Count == 2 ? Signals.Parse(positional[1]) : Signals.SIGTERM;
        if (signal < 0) throw new KeelsonException(ErrorKind.InvalidArgument, $"command line: '{positional[1]}' is not a signal");
        ContainerRuntime runtime = options.NewRuntime();
        foreach (string id in ContainerSelection.Resolve(runtime, positional[0], regex))
        {
            using Container container = runtime.Open(id);
            container.Kill(signal, all);
        }
        return 0;
    }

    /// <summary><c>delete [--force] [--regex] ID</c>.</summary>
    public static int Delete(GlobalOptions options, ArgumentReader reader)
    {
        bool force = false, regex = false;
        string? pattern = null;
        do
        {
            while (reader.NextOption() is { } name)
            {
                if (name is "force" or "f") force = reader.Switch();
                else if (name is "regex" or "r") regex = reader.Switch();
                else throw reader.Unknown();
            }
            if (reader.NextPositional() is not { } argument) break;
            if (pattern is not null) throw new KeelsonException(ErrorKind.InvalidArgument, $"command line: '{argument}' is one argument too many");
            pattern = argument;
        } while (true);
        if (pattern is null) throw new KeelsonException(ErrorKind.InvalidArgument, "command line: the container's ID is missing");
        ContainerRuntime runtime = options.NewRuntime();
        foreach (string id in ContainerSelection.Resolve(runtime, pattern, regex))
        {
            try
            {
                using Container container = runtime.Open(id);
                container.Delete(force);
            }
            catch (KeelsonException e) when (force && e.Kind == ErrorKind.NotFound && !IsThere(runtime, id))
            {
                // Callers clean up with --force without knowing what is left.
            }
        }
        return 0;
    }

    private static bool IsThere(ContainerRuntime runtime, string id)
    {
        using Container? container = runtime.Find(id);
        return container is not null;
    }

    /// <summary>Opens the container that the only argument names.</summary>
    public static Container Open(GlobalOptions options, ArgumentReader reader)
    {
        if (reader.NextOption() is not null) throw reader.Unknown();
        string id = reader.RequirePositional("the container's ID");
        reader.End();
        return options.NewRuntime().Open(id);
    }
}
