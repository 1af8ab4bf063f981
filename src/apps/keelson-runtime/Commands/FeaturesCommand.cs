using Keelson.Oci;
using Keelson.Runtime;

namespace Keelson.RuntimeCli.Commands;

/// <summary><c>features</c>.</summary>
internal static class FeaturesCommand
{
    /// <summary>Prints what this runtime implements, as indented JSON.</summary>
    public static int Run(ArgumentReader reader)
    {
        reader.ReadAll(_ => throw reader.Unknown(), most: 0);
        Output.Write(FeaturesWriter.ToUtf8(RuntimeFeatures.Describe(BuildInfo.Version, BuildInfo.Commit)));
        Output.Write("\n"u8);
        return 0;
    }
}
