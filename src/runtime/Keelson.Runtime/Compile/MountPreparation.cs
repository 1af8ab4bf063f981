using Keelson.Linux;

namespace Keelson.Runtime.Compile;

/// <summary>Descriptors that the plan's mounts refer to. The parent holds them until the child is cloned.</summary>
internal sealed class MountPreparation : IDisposable
{
    private readonly List<FdHandle> held = [];

    /// <summary>Keeps a descriptor open.</summary>
    public FdHandle Hold(FdHandle handle)
    {
        held.Add(handle);
        return handle;
    }

    /// <summary>Closes all of them.</summary>
    public void Dispose()
    {
        foreach (FdHandle handle in held) handle.Dispose();
    }
}
