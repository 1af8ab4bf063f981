using Keelson.Cni;
using Keelson.Cni.Plugin;

namespace Keelson.CniCli;

/// <summary>The CNI plug-in <c>keelson</c>.</summary>
internal static class Program
{
    private const string Usage = """
        usage: keelson-cni < CONFIGURATION

        Connects containers to networks, as a plug-in of the Container Network Interface. Networks call it by the type "keelson"; an engine runs it with a configuration on
        standard input and reads the result, or the error, from standard output.

          CNI_COMMAND      ADD, DEL, CHECK, STATUS, GC or VERSION
          CNI_CONTAINERID  the container
          CNI_NETNS        path of its network namespace
          CNI_IFNAME       name of its interface
          CNI_ARGS         more arguments, NAME=VALUE with semicolons between; IP and MAC are heeded
          CNI_PATH         where plug-ins are looked for that it calls, such as that for addresses

          --version        print the version
          --help           print this text

        """;

    private static async Task<int> Main(string[] arguments)
    {
        if (arguments is ["--help" or "-h"])
        {
            await Console.Out.WriteAsync(Usage).ConfigureAwait(false);
            return 0;
        }
        // Who starts it by hand learns what it is.
        if (arguments is ["--version"] || string.IsNullOrEmpty(Environment.GetEnvironmentVariable("CNI_COMMAND")))
        {
            await Console.Error.WriteLineAsync($"keelson-cni {BuildInfo.Version} ({BuildInfo.Commit}): CNI plug-in, versions {string.Join(", ", CniVersions.Supported)}").ConfigureAwait(false);
            return arguments is ["--version"] ? 0 : 1;
        }
        await using Stream input = Console.OpenStandardInput(), output = Console.OpenStandardOutput();
        return await PluginProgram.RunAsync(Environment.GetEnvironmentVariable, input, output, warning => Console.Error.WriteLine("keelson-cni: " + warning)).ConfigureAwait(false);
    }
}
