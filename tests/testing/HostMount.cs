namespace Keelson.Testing;

/// <summary>A mount on the host, made for a test below its work directory and taken away at the end.</summary>
public sealed class HostMount : IDisposable
{
    /// <summary>Mounts a tmpfs on a directory, which is made when it is missing.</summary>
    /// <param name="target">The directory.</param>
    /// <param name="options">Options of mount(8), with commas between.</param>
    public HostMount(string target, string options = "rw") : this(["-t", "tmpfs", "-o", options, "tmpfs"], Directory.CreateDirectory(target).FullName)
    {
    }

    private HostMount(string[] what, string target)
    {
        Target = target;
        ChildProcess.Run(["mount", .. what, target]).Succeeds();
    }

    /// <summary>Covers a file or directory with another one.</summary>
    public static HostMount Bind(string source, string target) => new(["--bind", source], target);

    /// <summary>Where it is mounted.</summary>
    public string Target { get; }

    /// <summary>Makes it shared: mounts in it appear in its copies that are shared or slaves.</summary>
    public HostMount Shared()
    {
        ChildProcess.Run(["mount", "--make-shared", Target]).Succeeds();
        return this;
    }

    /// <inheritdoc/>
    public void Dispose() => ChildProcess.Run(["umount", "--recursive", Target]).Succeeds();
}
