using Keelson.Runtime;

namespace Keelson.RuntimeCli.Commands;

/// <summary><c>create [options] ID</c>.</summary>
internal static class CreateCommand
{
    /// <summary>Creates a container and leaves.</summary>
    public static int Run(GlobalOptions options, ArgumentReader reader)
    {
        CreateArguments arguments = CreateArguments.Parse(reader);
        using Container container = options.NewRuntime().Create(arguments.ToOptions());
        return 0;
    }
}
