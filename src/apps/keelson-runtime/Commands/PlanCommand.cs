namespace Keelson.RuntimeCli.Commands;

/// <summary><c>plan [options] [ID]</c>.</summary>
internal static class PlanCommand
{
    /// <summary>Stands for the container's name in what depends on it.</summary>
    private const string DefaultId = "container";

    /// <summary>Prints the system calls of a start. Nothing is made or run.</summary>
    public static int Run(GlobalOptions options, ArgumentReader reader)
    {
        CreateArguments arguments = CreateArguments.Parse(reader, DefaultId);
        Output.Write(options.NewRuntime().Plan(arguments.ToOptions()));
        return 0;
    }
}
