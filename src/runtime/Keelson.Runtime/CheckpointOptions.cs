namespace Keelson.Runtime;

/// <summary>How a container is saved. criu(8).</summary>
public sealed class CheckpointOptions : CriuOptions
{
    /// <summary>The container goes on; else it is deleted once it is saved.</summary>
    public bool LeavesRunning { get; init; }

    /// <summary>Only memory is saved and the container goes on: a later checkpoint names these images as its <see cref="ParentPath"/>.</summary>
    public bool PreDump { get; init; }

    /// <summary>Directory of earlier images, relative to <see cref="CriuOptions.ImagePath"/>, whose memory is not saved again.</summary>
    public string? ParentPath { get; init; }

    /// <summary>Where memory is sent instead of to a file; <see langword="null"/> for nowhere.</summary>
    public (string Address, int Port)? PageServer { get; init; }

    /// <summary>A descriptor of this process that criu writes a zero byte to once lazy pages can be asked for.</summary>
    public int? StatusFd { get; init; }
}
