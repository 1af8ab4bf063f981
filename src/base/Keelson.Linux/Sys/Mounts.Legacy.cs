using System.Runtime.InteropServices;

namespace Keelson.Linux.Sys;

public static unsafe partial class Mounts
{
    /// <summary>The most that mount(2) reads of its options, in bytes with the zero at the end: one page.</summary>
    public const int OptionsLimitBytes = 4096;

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int mount(string source, string target, string type, ulong flags, string options);

    /// <summary>Mounts a file system at a path. mount(2).</summary>
    /// <param name="source">Device or name.</param>
    /// <param name="target">Where.</param>
    /// <param name="type">Type of the file system.</param>
    /// <param name="flags">MS_* flags.</param>
    /// <param name="options">Options of the file system; what is beyond <see cref="OptionsLimitBytes"/> is lost.</param>
    public static Errno TryMount(string source, string target, string type, ulong flags, string options) => Outcome.Of(mount(source, target, type, flags, options));
}
