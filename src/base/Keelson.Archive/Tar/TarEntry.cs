using System.Text;
using Keelson.Linux.Sys;

namespace Keelson.Archive;

/// <summary>One entry of a tar archive, without its contents. Names are bytes, as Linux has them.</summary>
public sealed class TarEntry
{
    /// <summary>The path as the archive has it, with <c>./</c>, a leading or a last slash if they are there. Holds no zero byte.</summary>
    public required ReadOnlyMemory<byte> Name { get; init; }

    /// <summary>What it is.</summary>
    public TarEntryType Type { get; init; } = TarEntryType.RegularFile;

    /// <summary>Permission bits with set-user-ID, set-group-ID and sticky: 0 to 07777.</summary>
    public uint Mode { get; init; }

    /// <summary>Owner.</summary>
    public long Uid { get; init; }

    /// <summary>Group.</summary>
    public long Gid { get; init; }

    /// <summary>Name of the owner; often empty.</summary>
    public ReadOnlyMemory<byte> UserName { get; init; }

    /// <summary>Name of the group; often empty.</summary>
    public ReadOnlyMemory<byte> GroupName { get; init; }

    /// <summary>Length of a file in bytes, holes included; 0 for all else.</summary>
    public long Size { get; init; }

    /// <summary>Last change of the contents.</summary>
    public FileTime ModifyTime { get; init; }

    /// <summary>Last access, where the archive tells it.</summary>
    public FileTime? AccessTime { get; init; }

    /// <summary>Where a hard link (path in the archive) or symbolic link (any text) leads; empty for all else. Holds no zero byte.</summary>
    public ReadOnlyMemory<byte> LinkName { get; init; }

    /// <summary>For a device, the driver's number.</summary>
    public uint DeviceMajor { get; init; }

    /// <summary>For a device, the unit's number.</summary>
    public uint DeviceMinor { get; init; }

    /// <summary>Extended attributes, in the order of the archive, each name once.</summary>
    public IReadOnlyList<TarAttribute> Attributes { get; init; } = [];

    /// <summary>The stored parts of a sparse file, ascending; <see langword="null"/> when all is stored. <see cref="TarWriter"/> does not take it.</summary>
    public IReadOnlyList<TarRegion>? Regions { get; init; }

    /// <summary><see cref="Name"/> for people: control characters and what is not UTF-8 are escaped.</summary>
    public override string ToString() => ArchiveText.Show(Name.Span);

    /// <summary>A name from text, as UTF-8.</summary>
    public static ReadOnlyMemory<byte> ToName(string text) => Encoding.UTF8.GetBytes(text);
}
