using System.Globalization;
using System.Runtime.InteropServices;

namespace Keelson.Linux.Sys;

/// <summary>Block devices that are files. loop(4).</summary>
public static unsafe partial class LoopDevices
{
    private const ulong LOOP_CTL_GET_FREE = 0x4c82, LOOP_CONFIGURE = 0x4c0a;
    private const uint LO_FLAGS_READ_ONLY = 1, LO_FLAGS_AUTOCLEAR = 4;

    /// <summary><c>struct loop_config</c>: descriptor 4 bytes, block size 4, <c>struct loop_info64</c> 232 with its flags at 52, reserved 64.</summary>
    private const int ConfigBytes = 304, FlagsOffset = 8 + 52;

    /// <summary>A device that another process took between the question and the claim; how often to ask again.</summary>
    private const int Tries = 64;

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ioctl(int fd, ulong request, byte* argument);

    /// <summary>Makes a read-only device of a file. It is given back when nobody has it open or mounted any more. Linux 5.8.</summary>
    /// <param name="file">Open for reading.</param>
    /// <param name="path">Path of the device: <c>/dev/loop7</c>.</param>
    /// <param name="device">Keeps the device until it is mounted; owned by the caller.</param>
    /// <returns>ENOENT: there are no loop devices here. EPERM: the caller may not. EBUSY: others were quicker again and again.</returns>
    public static Errno TryAttach(int file, out string path, out FdHandle? device)
    {
        (path, device) = ("", null);
        Errno errno = Files.TryOpen("/dev/loop-control", OpenFlags.O_RDWR, out FdHandle? control);
        if (errno != Errno.None) return errno;
        using (control)
        {
            byte* config = stackalloc byte[ConfigBytes];
            new Span<byte>(config, ConfigBytes).Clear();
            *(uint*)config = (uint)file;
            *(uint*)(config + FlagsOffset) = LO_FLAGS_READ_ONLY | LO_FLAGS_AUTOCLEAR;
            for (int i = 0; i < Tries; i++)
            {
                int number = ioctl(control!.Fd, LOOP_CTL_GET_FREE, null);
                errno = Outcome.Of(number);
                if (errno != Errno.None) return errno;
                path = string.Create(CultureInfo.InvariantCulture, $"/dev/loop{number}");
                errno = Files.TryOpen(path, OpenFlags.O_RDONLY, out device);
                if (errno != Errno.None) return errno;
                errno = Outcome.Of(ioctl(device!.Fd, LOOP_CONFIGURE, config));
                if (errno == Errno.None) return Errno.None;
                device.Dispose();
                device = null;
                if (errno != Errno.EBUSY) return errno;
            }
        }
        return errno;
    }
}
