using Keelson.Oci;

namespace Keelson.RuntimeCli.Commands;

/// <summary><c>--version</c>: three lines that dockerd and podman parse.</summary>
internal static class VersionCommand
{
    /// <summary>Prints name and version, commit, and version of the specification.</summary>
    public static int Run()
    {
        Output.Write($"keelson-runtime version {BuildInfo.Version}\ncommit: {BuildInfo.Commit}\nspec: {SpecVersion.Current}\n");
        return 0;
    }
}
