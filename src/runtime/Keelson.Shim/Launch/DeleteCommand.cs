using System.Text;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Shim.Api;
using Keelson.Shim.Tasks;

namespace Keelson.Shim.Launch;

/// <summary><c>delete</c>: removes what is left of a container whose shim cannot be reached.</summary>
internal static class DeleteCommand
{
    private const int Killed = 128 + Signals.SIGKILL;

    /// <summary>Kills and deletes the container, unmounts its root and tells a shim that still has it.</summary>
    /// <returns>The answer for standard output.</returns>
    /// <exception cref="KeelsonException">Something of it is left.</exception>
    public static byte[] Run(ShimArguments arguments, TimeProvider time)
    {
        ShimServer.CheckName(arguments.Id);
        string bundle = arguments.Bundle.Length > 0 ? arguments.Bundle : ".";
        ShimOptions options = Files.TryReadAll(bundle + "/options.json", out ReadOnlyMemory<byte> text) == Errno.None ? ShimOptions.FromJson(text.Span) : new ShimOptions();
        int pid = Files.TryStatus(bundle + "/init.pid", out _) == Errno.None ? OciRuntime.ReadPidFile(bundle + "/init.pid") : 0;
        DeleteContainer(arguments, options);
        RootfsMounts.Unmount(bundle + "/rootfs");
        if (Files.TryReadAll(bundle + "/address", out text, limitBytes: 4096) == Errno.None && Encoding.UTF8.GetString(text.Span) is { } address && address.StartsWith("unix://", StringComparison.Ordinal))
            ShimCall.Try(address[7..], "Forget", arguments.Id);
        return new ExitResponse(pid, Killed, time.GetUtcNow()).ToDeleteBytes();
    }

    private static void DeleteContainer(ShimArguments arguments, ShimOptions options)
    {
        string root = (options.Root.Length == 0 ? OciRuntime.DefaultRoot : options.Root) + "/" + arguments.Namespace;
        // The usual case: the container was deleted, and the daemon asks to be sure.
        if (Files.TryStatus($"{root}/{arguments.Id}", out _) != Errno.None) return;
        string program = OciRuntime.Find(options);
        string[] words = [program, "--root", root, .. options.SystemdCgroup ? (string[])["--systemd-cgroup"] : [], "delete", "--force", arguments.Id];
        using ProgramOutput errors = new("errors");
        using FdHandle nothing = Files.Open("/dev/null", OpenFlags.O_RDWR);
        Spawn.TryStart(program, words, OciRuntime.Environment, [nothing.Fd, nothing.Fd, errors.Fd], null, newSession: false, out int pid).ThrowIfError("start", program);
        Processes.TryWait(pid, out WaitStatus status, out _).ThrowIfError("wait for", program);
        if (status.Raw != 0) throw new KeelsonException(ErrorKind.Unknown, $"delete container {arguments.Id}: {errors.ReadText()}");
    }
}
