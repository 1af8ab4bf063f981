using System.Text;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Engine.Tasks.Bundles;

/// <summary>The directory of a task, in which its shim runs. runtime-spec bundle.</summary>
/// <param name="Space">The namespace.</param>
/// <param name="Id">The container.</param>
/// <param name="Path">The directory.</param>
internal sealed record TaskBundle(string Space, string Id, string Path)
{
    private const int SmallFileBytes = 4096;
    private const uint FileMode = 0b110_000_000;

    /// <summary>Where the root file system is mounted.</summary>
    public string Rootfs => Path + "/rootfs";

    /// <summary>The program of its shim, which also removes what is left of the task; empty when that is not known.</summary>
    public string ShimProgram => Read("shim-binary-path");

    /// <summary>The address of its shim; empty when there is none yet.</summary>
    public string Address => Read("address");

    /// <summary>The name under which <c>ctr shim</c> finds a shim that is shared; empty for none.</summary>
    public string Link => Read("shim-link");

    /// <summary>The sandbox that it is in; empty for none. The bundle of a sandbox names itself.</summary>
    public string Sandbox => Read("sandbox");

    /// <summary>The end of a sandbox as it was announced; empty before that.</summary>
    public string End => Read("sandbox-end");

    /// <summary>Notes the sandbox.</summary>
    /// <exception cref="LinuxException">It could not be written.</exception>
    public void WriteSandbox(string id) => Write("sandbox", id);

    /// <summary>Notes the end of the sandbox.</summary>
    /// <exception cref="LinuxException">It could not be written.</exception>
    public void WriteEnd(string text) => Write("sandbox-end", text);

    /// <summary>Notes the address of the shim, in place of another one.</summary>
    /// <exception cref="LinuxException">It could not be written.</exception>
    public void WriteAddress(string address) => Write("address", address);

    /// <summary>Notes the link to the shim's socket, before it is made.</summary>
    /// <exception cref="LinuxException">It could not be written.</exception>
    public void WriteLink(string path) => Write("shim-link", path);

    private void Write(string name, string text)
    {
        string early = $"{Path}/.{name}", path = $"{Path}/{name}";
        Files.WriteFile(early, Encoding.UTF8.GetBytes(text), OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_TRUNC | OpenFlags.O_NOFOLLOW, FileMode);
        Files.TryRename(early, path).ThrowIfError("rename", path);
    }

    private string Read(string name) =>
        Files.TryReadAll($"{Path}/{name}", out ReadOnlyMemory<byte> text, SmallFileBytes) == Errno.None ? Encoding.UTF8.GetString(text.Span).Trim() : "";
}
