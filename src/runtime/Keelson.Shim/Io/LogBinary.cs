using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Shim.Loop;
using Keelson.Shim.Tasks;

namespace Keelson.Shim.Io;

/// <summary>A program that takes the output of a process: <c>binary:///PROGRAM?NAME=VALUE</c>.</summary>
/// <remarks>
/// It reads standard output from descriptor 3 and standard error from 4, and says that it is ready by closing 5, or by writing to it. Its arguments
/// are the names and values; <c>CONTAINER_ID</c> and <c>CONTAINER_NAMESPACE</c> are in its environment.
/// </remarks>
internal sealed class LogBinary
{
    private static readonly TimeSpan ReadyLimit = TimeSpan.FromSeconds(10), EndLimit = TimeSpan.FromSeconds(12);
    private readonly EventLoop loop;
    private readonly int pid;
    private readonly Task<ChildExit> exit;

    private LogBinary(EventLoop loop, int pid, Task<ChildExit> exit)
    {
        this.loop = loop;
        this.pid = pid;
        this.exit = exit;
    }

    /// <summary>Whether an address names a program.</summary>
    public static bool IsBinary(string uri) => uri.StartsWith("binary://", StringComparison.Ordinal);

    /// <summary>Starts a program and waits until it is ready.</summary>
    /// <returns>The program and the ends to write to.</returns>
    /// <exception cref="KeelsonException">It could not be started, ended too early or was not ready in time.</exception>
    public static async Task<(LogBinary Program, OutputTarget Stdout, OutputTarget Stderr)> StartAsync(EventLoop loop, ChildReaper reaper, string uri, StreamOwner owner)
    {
        string[] parts = uri["binary://".Length..].Split('?', 2);
        List<string> arguments = [parts[0]];
        if (parts.Length == 2)
        {
            foreach (string pair in parts[1].Split('&', StringSplitOptions.RemoveEmptyEntries))
            {
                string[] sides = pair.Split('=', 2);
                arguments.Add(Uri.UnescapeDataString(sides[0]));
                if (sides is [_, { Length: > 0 } value]) arguments.Add(Uri.UnescapeDataString(value));
            }
        }
        Files.TryPipe(out FdHandle? outRead, out FdHandle? outWrite).ThrowIfError("pipe");
        Files.TryPipe(out FdHandle? errRead, out FdHandle? errWrite).ThrowIfError("pipe");
        Files.TryPipe(out FdHandle? readyRead, out FdHandle? readyWrite).ThrowIfError("pipe");
        OutputTarget stdout = OutputTarget.Of(outWrite!), stderr = OutputTarget.Of(errWrite!);
        int pid = 0;
        try
        {
            using (outRead)
            using (errRead)
            using (readyWrite)
            using (FdHandle nothing = Files.Open("/dev/null", OpenFlags.O_RDWR))
            {
                string[] environment = [.. OciRuntime.Environment, "CONTAINER_ID=" + owner.Id, "CONTAINER_NAMESPACE=" + owner.Namespace];
                int[] descriptors = [nothing.Fd, nothing.Fd, nothing.Fd, outRead!.Fd, errRead!.Fd, readyWrite!.Fd];
                Spawn.TryStart(parts[0], arguments.ToArray(), environment, descriptors, null, false, out pid).ThrowIfError("start logger", parts[0]);
            }
            LogBinary logger = new(loop, pid, reaper.Expect(pid));
            await logger.AwaitReadyAsync(readyRead!, parts[0]);
            return (logger, stdout, stderr);
        }
        catch
        {
            if (pid != 0) Processes.TryKill(pid, Signals.SIGKILL);
            stdout.Dispose();
            stderr.Dispose();
            throw;
        }
        finally
        {
            readyRead!.Dispose();
        }
    }

    /// <summary>Waits for its end, which comes by itself when the output has ended; helps after a while.</summary>
    public async Task EndAsync()
    {
        foreach (int signal in (int[])[Signals.SIGTERM, Signals.SIGKILL])
        {
            using LoopTimer timer = loop.After(EndLimit, () => Processes.TryKill(pid, signal));
            if (signal == Signals.SIGKILL) await exit;
            else await Task.WhenAny(exit, loop.DelayAsync(EndLimit));
            if (exit.IsCompleted) return;
        }
    }

    private async Task AwaitReadyAsync(FdHandle ready, string program)
    {
        TaskCompletionSource<bool> heard = new();
        using LoopTimer timer = loop.After(ReadyLimit, () => heard.TrySetResult(false));
        using Watch watch = loop.Watch(ready.Fd, EpollEvents.EPOLLIN, _ => heard.TrySetResult(true));
        if (!await heard.Task) throw new KeelsonException(ErrorKind.Unavailable, $"start logger {program}: it was not ready within {ReadyLimit.TotalSeconds} s");
        if (exit.IsCompletedSuccessfully && (await exit).Status.Raw != 0) throw new KeelsonException(ErrorKind.Unavailable, $"start logger {program}: it ended at once");
    }
}
