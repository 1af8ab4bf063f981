namespace Keelson.Testing;

/// <summary>A Linux kernel that runs as a process, with cgroup v2 and its controllers: <c>tests/uml/run</c>. What runs there is root.</summary>
/// <remarks>The guest sees the machine's files read-only; its <c>/run</c>, <c>/tmp</c> and <c>/dev/shm</c> are its own. It has one CPU and is several times slower.</remarks>
public static class UserModeLinux
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    /// <summary>Runs a shell script in a guest of its own.</summary>
    /// <param name="script">For <c>/bin/sh</c>; it starts in <c>/run</c>.</param>
    /// <returns>Exit code and output of the script; 125 when the guest did not start.</returns>
    public static CommandResult Run(string script)
    {
        string directory = TestDirectory.Make("uml");
        try
        {
            File.WriteAllText(directory + "/job", script);
            return ChildProcess.Run([Repository.Root + "/tests/uml/run", directory + "/job"], new CommandOptions { Limit = Limit, Environment = GuestEnvironment() });
        }
        finally
        {
            TestDirectory.Remove(directory);
        }
    }

    /// <summary>Runs tests of the calling test program in a guest, and fails unless each of them passes there.</summary>
    /// <param name="filters">Arguments that choose tests: <c>-class *V2LiveTests</c>.</param>
    public static void RunTests(params ReadOnlySpan<string> filters)
    {
        string dotnet = Path.GetFullPath(Path.GetDirectoryName(typeof(object).Assembly.Location) + "/../../../dotnet");
        string program = System.Reflection.Assembly.GetEntryAssembly()!.Location;
        string arguments = "";
        foreach (string filter in filters) arguments += " " + Quote(filter);
        CommandResult result = Run($"export DOTNET_ROOT={Quote(Path.GetDirectoryName(dotnet)!)} DOTNET_gcServer=0 DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1\n"
            + $"exec {Quote(dotnet)} {Quote(program)} -noColor -noLogo{arguments}");
        Xunit.Assert.True(result.ExitCode == 0 && result.Stdout.Contains(" Errors: 0, Failed: 0, Skipped: 0, Not Run: 0,", StringComparison.Ordinal)
            && !result.Stdout.Contains("Total: 0,", StringComparison.Ordinal), result.ToString());
    }

    private static Dictionary<string, string> GuestEnvironment()
    {
        Dictionary<string, string> environment = [];
        foreach (string name in (ReadOnlySpan<string>)["HOME", "XDG_CACHE_HOME", "UML_KERNEL"])
            if (Environment.GetEnvironmentVariable(name) is { Length: > 0 } value)
                environment[name] = value;
        return environment;
    }

    private static string Quote(string text) => "'" + text.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
}
