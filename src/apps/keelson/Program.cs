using Keelson.Cli.Commands;
using Keelson.Cli.Terminal;

namespace Keelson.Cli;

/// <summary>The command line <c>keelson</c>.</summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        int code;
        try
        {
            code = Dispatcher.Run(arguments);
            Output.Flush();
        }
        catch (OutputClosedException)
        {
            code = ExitCodes.BrokenPipe;
        }
        catch (InterruptedException e)
        {
            code = e.ExitCode;
        }
        return code;
    }
}
