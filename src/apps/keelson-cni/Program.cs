using Keelson.Cni;
using Keelson.Cni.Plugin;

namespace Keelson.CniCli;

/// <summary>The CNI plug-in <c>keelson</c>.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] arguments)
    {
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
