using Keelson.Runtime.Containers;

namespace Keelson.RuntimeCli.Commands;

/// <summary>The hidden command <c>copy-up</c>: copies the directory at standard input into the one at standard output.</summary>
/// <remarks>A container's start runs it for the mount option <c>tmpcopyup</c>, inside the container's namespaces.</remarks>
internal static class CopyUpCommand
{
    /// <summary>Copies.</summary>
    public static int Run()
    {
        TreeCopy.Copy(fromDirectory: 0, toDirectory: 1);
        return 0;
    }
}
