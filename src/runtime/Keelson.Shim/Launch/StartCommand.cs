using System.Text;
using Keelson.Cgroups;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Shim.Api;
using Keelson.Shim.Tasks;

namespace Keelson.Shim.Launch;

/// <summary><c>start</c>: prints the address of the shim for a container, and starts that shim when it does not run.</summary>
internal static class StartCommand
{
    private const string ProgramName = "containerd-shim-keelson-v2";
    private const int StdinLimitBytes = 1 << 20;

    /// <summary>Runs the command in the bundle's directory.</summary>
    /// <remarks>A shim that is there and does not answer keeps its socket, since its containers live and are found by it: the new one gets a shim of its own.</remarks>
    /// <returns>The address.</returns>
    /// <exception cref="KeelsonException">The shim could not be started.</exception>
    public static string Run(ShimArguments arguments)
    {
        ShimServer.CheckName(arguments.Id);
        string own = ShimSocket.PathFor(arguments.Address, arguments.Namespace, arguments.Id);
        string path = ShimSocket.PathFor(arguments.Address, arguments.Namespace, SharedShim.Group(arguments.Id, BundleConfig.ReadForStart(".")));
        using (ShimSocket.Lock())
        {
            ShimCallResult reserved = ShimCall.Try(path, "Reserve", arguments.Id);
            if (reserved == ShimCallResult.Silent)
            {
                if (path == own) throw new KeelsonException(ErrorKind.Unavailable, $"start shim for {arguments.Id}: the one that serves it does not answer");
                path = own;
            }
            if (reserved != ShimCallResult.Done)
            {
                Files.TryUnlink(path);
                StartServer(arguments, path);
            }
        }
        string address = "unix://" + path;
        // Replaced by rename: the daemon reads it after a restart.
        Files.WriteFile(".address", Encoding.UTF8.GetBytes(address), OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_TRUNC, 0b110_000_000);
        Files.TryRename(".address", "address").ThrowIfError("rename", "address");
        return address;
    }

    private static void StartServer(ShimArguments arguments, string path)
    {
        ShimOptions options = ReadOptions();
        Sockets.TryListen(path, out FdHandle? listener, mode: 0b110_000_000).ThrowIfError("listen on", path);
        using (listener)
        using (FdHandle nothing = Files.Open("/dev/null", OpenFlags.O_RDWR))
        {
            string[] words =
            [
                ProgramName, "-namespace", arguments.Namespace, "-id", arguments.Id, "-address", arguments.Address, "-publish-binary", arguments.PublishBinary, "-socket", path,
                .. arguments.IsDebug ? (string[])["-debug"] : [],
            ];
            // A small first generation: the shim rests most of the time, and its memory is counted for each container.
            string[] environment = [.. OciRuntime.Environment, "DOTNET_GCgen0size=40000"];
            int[] descriptors = [nothing.Fd, nothing.Fd, nothing.Fd, listener!.Fd];
            // Blocked from the first moment on: a thread of the runtime that does not block it would swallow it.
            Spawn.TryStart("/proc/self/exe", words, environment, descriptors, null, newSession: true, out int pid, blockedSignals: 1UL << (Signals.SIGCHLD - 1)).ThrowIfError("start", ProgramName);
            if (options.ShimCgroup.Length > 0) MoveTo(options.ShimCgroup, pid);
        }
    }

    /// <summary>The daemon may write options to standard input.</summary>
    private static ShimOptions ReadOptions()
    {
        if (Files.TryStatus(0, out FileStatus status) != Errno.None || (status.Mode & FileStatus.S_IFMT) != FileStatus.S_IFIFO) return new ShimOptions();
        Files.TryReadAll(0, out ReadOnlyMemory<byte> text, StdinLimitBytes).ThrowIfError("read", "standard input");
        return ShimOptions.Parse(TypedMessage.Parse(text.Span));
    }

    private static void MoveTo(string cgroup, int pid)
    {
        string path = CgroupPath.Parse(cgroup).Value.TrimStart('/');
        foreach (CgroupHierarchy hierarchy in CgroupLayout.Detect().Hierarchies)
        {
            // A new cpuset group takes no process before somebody has given it processors.
            if (hierarchy.Controllers.Split(',').Contains("cpuset")) continue;
            string directory = $"{hierarchy.MountPoint}/{path}";
            Files.TryMakeDirectories(directory).ThrowIfError("mkdir", directory);
            Files.WriteFile(directory + "/cgroup.procs", Encoding.UTF8.GetBytes(pid.ToString()));
        }
    }
}
