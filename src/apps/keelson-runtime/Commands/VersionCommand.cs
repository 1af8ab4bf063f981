namespace Keelson.RuntimeCli.Commands;

/// <summary><c>--version</c>: three lines that dockerd and podman parse.</summary>
internal static class VersionCommand
{
    /// <summary>The newest version of the specification that this runtime knows.</summary>
    public const string SpecVersion = "1.3.0";

    /// <summary>Prints name and version, commit, and version of the specification.</summary>
    public static int Run()
    {
        Output.Write($"keelson-runtime version {BuildInfo.Version}\ncommit: {BuildInfo.Commit}\nspec: {SpecVersion}\n");
        return 0;
    }
}
