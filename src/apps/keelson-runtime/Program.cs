using Keelson.RuntimeCli.Commands;

namespace Keelson.RuntimeCli;

/// <summary>The command line of the OCI runtime.</summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        GlobalOptions? options = null;
        bool isExec = false;
        try
        {
            ArgumentReader reader = new(arguments);
            options = GlobalOptions.Parse(reader);
            InheritedDescriptors.Close(arguments.AsSpan(..ExecArguments.FindCommand(arguments, reader.Position)));
            if (options.ShowsVersion) return VersionCommand.Run();
            string? command = reader.NextPositional();
            isExec = command == "exec";
            if (command is not null && reader.AsksForHelp) return HelpCommand.Run(command);
            options.Log.Debug($"keelson-runtime {BuildInfo.Version}: {string.Join(' ', arguments)}");
            return Dispatch(command, options, reader);
        }
        catch (KeelsonException e)
        {
            Report(options, e.FullMessage);
            return isExec ? ExitCodes.ExecFailed : ExitCodes.Failed;
        }
        catch (OutOfMemoryException)
        {
            Report(options, "out of memory");
            return ExitCodes.Failed;
        }
    }

    private static int Dispatch(string? command, GlobalOptions options, ArgumentReader reader) => command switch
    {
        "create" => CreateCommand.Run(options, reader),
        "run" => RunCommand.Run(options, reader),
        "exec" => ExecCommand.Run(options, reader),
        "start" => LifecycleCommands.Start(options, reader),
        "state" => StateCommand.Run(options, reader),
        "kill" => LifecycleCommands.Kill(options, reader),
        "delete" => LifecycleCommands.Delete(options, reader),
        "pause" => LifecycleCommands.Pause(options, reader),
        "resume" => LifecycleCommands.Resume(options, reader),
        "explain" => ExplainCommand.Run(options, reader),
        "mounts" => MountsCommand.Run(options, reader),
        "copy-up" => CopyUpCommand.Run(),
        "list" => ListCommand.Run(options, reader),
        "ps" => PsCommand.Run(options, reader),
        "update" => UpdateCommand.Run(options, reader),
        "checkpoint" => CheckpointCommand.Run(options, reader),
        "restore" => RestoreCommand.Run(options, reader),
        "plan" => PlanCommand.Run(options, reader),
        "spec" => SpecCommand.Run(reader),
        "features" => FeaturesCommand.Run(reader),
        "events" => EventsCommand.Run(options, reader),
        null or "help" or "-h" or "--help" => HelpCommand.Run(),
        _ => throw new KeelsonException(ErrorKind.InvalidArgument, $"'{command}' is not a command; see keelson-runtime --help"),
    };

    private static void Report(GlobalOptions? options, string message)
    {
        options?.Log.Error(message);
        Output.Error(message);
    }
}
