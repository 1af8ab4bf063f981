using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Archive;

/// <summary>How overlayfs marks what is gone. Kernel documentation "overlayfs", "whiteouts and opaque directories".</summary>
internal static class Overlay
{
    /// <summary>Whether an attribute is overlayfs' own; layers neither carry nor set these.</summary>
    public static bool IsOwnAttribute(ReadOnlySpan<byte> name) => name.StartsWith("trusted.overlay."u8) || name.StartsWith("user.overlay."u8);

    /// <summary>Whether an entry is a character device 0:0.</summary>
    public static bool IsWhiteout(int directory, ReadOnlySpan<byte> nameZ) =>
        Entries.TryStatus(directory, nameZ, out FileStatus status) == Errno.None && IsWhiteout(status);

    /// <inheritdoc cref="IsWhiteout(int, ReadOnlySpan{byte})"/>
    public static bool IsWhiteout(in FileStatus status) => status.IsCharacterDevice && status.NodeDevice == 0;

    /// <summary>Makes a directory hide what lies below it.</summary>
    public static Errno TrySetOpaque(int directory, WhiteoutMode mode) => Files.TrySetAttribute(directory, OpaqueAttribute(mode), "y"u8);

    /// <summary>Whether a directory hides what lies below it.</summary>
    public static bool IsOpaque(int directory)
    {
        Span<byte> value = stackalloc byte[1];
        return (Files.TryGetAttribute(directory, OpaqueAttribute(WhiteoutMode.Overlay), value, out int length) == Errno.None
            || Files.TryGetAttribute(directory, OpaqueAttribute(WhiteoutMode.OverlayUser), value, out length) == Errno.None) && length == 1 && value[0] == (byte)'y';
    }

    /// <summary>Copies the extended attributes of a directory but overlayfs' own. A kind that the target's file system lacks is left out.</summary>
    public static Errno TryCopyAttributes(int from, int to)
    {
        foreach (TarAttribute attribute in XattrList.Read(from, ".\0"u8))
        {
            Errno errno = Files.TrySetAttribute(to, [.. attribute.Name.Span, 0], attribute.Value.Span);
            if (errno is not (Errno.None or Errno.EOPNOTSUPP)) return errno;
        }
        return Errno.None;
    }

    private static ReadOnlySpan<byte> OpaqueAttribute(WhiteoutMode mode) => mode == WhiteoutMode.OverlayUser ? "user.overlay.opaque\0"u8 : "trusted.overlay.opaque\0"u8;
}
