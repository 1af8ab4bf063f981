namespace Keelson.RuntimeCli.Commands;

/// <summary><c>run [options] ID</c>.</summary>
internal static class RunCommand
{
    /// <summary>Creates and starts a container; unless detached, waits for its end, passes signals on, removes it and returns its status.</summary>
    public static int Run(GlobalOptions options, ArgumentReader reader) =>
        Foreground.Run(options, CreateArguments.Parse(reader), static (runtime, create) => runtime.Run(create));
}
