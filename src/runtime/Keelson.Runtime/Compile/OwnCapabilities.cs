using System.Runtime.InteropServices;
using Keelson.Linux;

namespace Keelson.Runtime.Compile;

/// <summary>The capabilities of this process. capget(2).</summary>
internal static unsafe partial class OwnCapabilities
{
    [LibraryImport("libc", SetLastError = true)]
    private static partial int capget(uint* header, uint* data);

    /// <summary>The permitted set, bit n for capability n.</summary>
    public static ulong Permitted()
    {
        uint* header = stackalloc uint[2] { 0x20080522, 0 };
        uint* data = stackalloc uint[6];
        Errno errno = capget(header, data) == 0 ? Errno.None : (Errno)Marshal.GetLastPInvokeError();
        errno.ThrowIfError("capget");
        return data[1] | (ulong)data[4] << 32;
    }
}
