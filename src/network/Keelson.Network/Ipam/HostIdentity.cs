using System.Security.Cryptography;
using System.Text;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Network.Ipam;

/// <summary>What tells this host from others and stays: its local addresses of IPv6 follow from it. RFC 4193 section 3.2.</summary>
internal static class HostIdentity
{
    private const int LimitBytes = 4096, Bytes = 16;

    /// <summary>What the machine is identified by where it is (machine-id(5)), and is not given away: only a hash that is of use for this alone.</summary>
    /// <param name="machineIdFile">The machine's own; it may be missing or say nothing, as while an image is made.</param>
    /// <param name="ownFile">Where one is kept that is made here otherwise.</param>
    /// <param name="disk">What changes files.</param>
    /// <exception cref="LinuxException">It can neither be read nor made.</exception>
    public static byte[] Read(string machineIdFile, string ownFile, Disk disk)
    {
        string machine = Files.TryReadAll(machineIdFile, out ReadOnlyMemory<byte> text, LimitBytes) == Errno.None ? Encoding.UTF8.GetString(text.Span).Trim() : "";
        if (machine.Length == 32 && machine.All(char.IsAsciiHexDigit)) return Hash(Encoding.ASCII.GetBytes(machine));
        if (Files.TryReadAll(ownFile, out ReadOnlyMemory<byte> kept, LimitBytes) == Errno.None && kept.Length == Bytes) return Hash(kept.Span);
        byte[] made = RandomNumberGenerator.GetBytes(Bytes);
        string unfinished = ownFile + ".new";
        disk.Remove(unfinished);
        using (FdHandle file = disk.Create(unfinished))
        {
            disk.Write(file, unfinished, made);
            disk.Sync(file, unfinished);
        }
        disk.Rename(unfinished, ownFile);
        disk.SyncDirectory(Path.GetDirectoryName(ownFile)!);
        return Hash(made);
    }

    private static byte[] Hash(ReadOnlySpan<byte> identity) => HMACSHA256.HashData("keelson networks of IPv6"u8, identity);
}
