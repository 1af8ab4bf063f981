using Keelson.Content;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Engine.Tasks.Shims;

/// <summary>A shim's program.</summary>
/// <param name="Path">Absolute.</param>
/// <param name="IsOwn">Whether it is ours, which containers share.</param>
internal sealed record ShimProgram(string Path, bool IsOwn)
{
    private const string OwnName = "containerd-shim-keelson-v2", DefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <summary>The program at a path.</summary>
    public static ShimProgram At(string path) => new(path, System.IO.Path.GetFileName(path) == OwnName);

    /// <summary>Finds the program of a runtime's name.</summary>
    /// <param name="runtime">
    /// Its last two parts name it: <c>io.containerd.runc.v2</c> is <c>containerd-shim-runc-v2</c>. Empty: ours. A path is the program itself.
    /// Where the shims for runC are not installed, ours takes their place: it reads the same options.
    /// </param>
    /// <param name="directories">Where to look first; then the <c>PATH</c>.</param>
    /// <exception cref="KeelsonException">InvalidArgument: it is no name of a runtime. NotFound: the program is not there.</exception>
    public static ShimProgram Find(string runtime, IReadOnlyList<string> directories)
    {
        if (runtime.Contains('/', StringComparison.Ordinal))
            return runtime[0] == '/' && IsProgram(runtime) ? At(runtime) : throw new KeelsonException(ErrorKind.NotFound, $"find shim {runtime}: it is no absolute path of a program");
        string name = NameOf(runtime);
        if (Look(name, directories) is { } path) return At(path);
        if (name is "containerd-shim-runc-v1" or "containerd-shim-runc-v2" && Look(OwnName, directories) is { } own) return At(own);
        throw new KeelsonException(ErrorKind.NotFound, $"runtime \"{runtime}\" binary not installed \"{name}\": file does not exist");
    }

    private static string NameOf(string runtime)
    {
        if (runtime.Length == 0) return OwnName;
        string[] parts = runtime.Split('.');
        if (parts.Length < 2 || !parts.All(part => Identifier.IsValid(part))) throw new KeelsonException(ErrorKind.InvalidArgument, $"find shim: invalid runtime name {runtime}, correct runtime name should be either format like `io.containerd.runc.v2` or a full path to the binary");
        return $"containerd-shim-{parts[^2]}-{parts[^1]}";
    }

    private static string? Look(string name, IReadOnlyList<string> directories) =>
        directories.Concat((Environment.GetEnvironmentVariable("PATH") ?? DefaultPath).Split(':'))
            .Where(directory => directory.StartsWith('/')).Select(directory => directory.TrimEnd('/') + "/" + name).FirstOrDefault(IsProgram);

    private static bool IsProgram(string path) => Files.TryStatus(path, out FileStatus status) == Errno.None && !status.IsDirectory && (status.Mode & 0b001_001_001) != 0;
}
