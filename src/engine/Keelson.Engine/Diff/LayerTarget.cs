using Keelson.Archive;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Snapshots;

namespace Keelson.Engine.Diff;

/// <summary>Where a layer is unpacked to. Going past overlayfs into its upper directory saves its copying up and half of the system calls.</summary>
internal sealed class LayerTarget : IDisposable
{
    private const OpenFlags DirectoryFlags = OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY;
    private readonly TemporaryMount? mount;

    private LayerTarget(TemporaryMount? mount, FdHandle root, ExtractOptions options)
    {
        this.mount = mount;
        Root = root;
        Options = options;
    }

    /// <summary>The directory, open for reading.</summary>
    public FdHandle Root { get; }

    /// <summary>What whiteouts become there, and what lies below.</summary>
    public ExtractOptions Options { get; }

    /// <summary>Opens the directory of some mounts.</summary>
    public static LayerTarget Open(IReadOnlyList<Mount> mounts)
    {
        if (OverlayParts.TryRead(mounts, out OverlayParts? parts) && parts.Upper.Length > 0) return OpenUpper(parts);
        if (mounts is [{ Type: "bind", Target: "" } bind] && bind.Options.All(option => option is "rw" or "bind" or "rbind"))
            return new(null, Files.Open(bind.Source, DirectoryFlags), new());
        TemporaryMount mount = TemporaryMount.Open(mounts);
        try
        {
            return new(mount, Files.Open(mount.Path, DirectoryFlags), new());
        }
        catch
        {
            mount.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        Root.Dispose();
        foreach (FdHandle lower in Options.Lowers) lower.Dispose();
        mount?.Dispose();
    }

    private static LayerTarget OpenUpper(OverlayParts parts)
    {
        List<FdHandle> lowers = [];
        try
        {
            foreach (string lower in parts.Lowers) lowers.Add(Files.Open(lower, DirectoryFlags));
            return new(null, Files.Open(parts.Upper, DirectoryFlags), new() { Whiteouts = parts.UsesUserAttributes ? WhiteoutMode.OverlayUser : WhiteoutMode.Overlay, Lowers = lowers });
        }
        catch
        {
            foreach (FdHandle lower in lowers) lower.Dispose();
            throw;
        }
    }
}
