using System.Runtime.InteropServices;

namespace Keelson.Linux.Sys;

/// <summary>Turns the return value of a libc wrapper into an <see cref="Errno"/>.</summary>
internal static class Outcome
{
    /// <summary>The errno that the generated marshalling saved, when <paramref name="result"/> is negative.</summary>
    public static Errno Of(long result) => result >= 0 ? Errno.None : (Errno)Marshal.GetLastPInvokeError();
}
