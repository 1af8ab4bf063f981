using Keelson.Runtime;

namespace Keelson.RuntimeCli.Commands;

/// <summary><c>explain ID</c>.</summary>
internal static class ExplainCommand
{
    /// <summary>Prints how a container fares or why it ended, a sentence a line.</summary>
    public static int Run(GlobalOptions options, ArgumentReader reader)
    {
        using Container container = LifecycleCommands.Open(options, reader);
        foreach (string sentence in container.Explain()) Output.Write(sentence + "\n");
        return 0;
    }
}
