using Keelson.Shim;

namespace Keelson.ShimCli;

/// <summary>The shim of containerd, by the name that <c>--runtime io.containerd.keelson.v2</c> stands for.</summary>
internal static class Program
{
    private static int Main(string[] arguments) => ShimProgram.Run(arguments, BuildInfo.Version, BuildInfo.Commit);
}
