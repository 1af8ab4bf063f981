namespace Keelson.Archive;

/// <summary>What a <see cref="TarReader"/> accepts. The contents of files have no limit, since they are never held.</summary>
public sealed record TarLimits
{
    /// <summary>The limits that apply unless others are given.</summary>
    public static TarLimits Default { get; } = new();

    /// <summary>Longest name or link in bytes. 32 KiB: eight times what one system call takes, since nested directories are made one by one.</summary>
    public int LongestName { get; init; } = 32 << 10;

    /// <summary>Longest extended header of one entry in bytes. 1 MiB, as Go's archive/tar and so containerd: 64 KiB of each attribute and long names fit.</summary>
    public int LongestExtendedHeader { get; init; } = 1 << 20;

    /// <summary>Most extended attributes of one entry. 1024: Linux lists at most 64 KiB of names.</summary>
    public int MostAttributes { get; init; } = 1024;

    /// <summary>Most stored parts of one sparse file. A million: 16 MiB while the file is read.</summary>
    public int MostRegions { get; init; } = 1 << 20;

    /// <summary>Whether an archive may stop behind the contents of an entry, without the zeros that fill its last block and those that end it. No: it might be cut off. Yes where a digest is checked.</summary>
    public bool AllowsMissingEnd { get; init; }
}
