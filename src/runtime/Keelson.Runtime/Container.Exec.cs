using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Oci;
using Keelson.Runtime.Compile;
using Keelson.Runtime.Containers;
using Keelson.Runtime.Plan;
using Keelson.Runtime.Seccomp;
using Keelson.Runtime.Start;

namespace Keelson.Runtime;

public sealed partial class Container
{
    /// <summary>Runs another process in the container. It is a child of this process, which has to wait for it.</summary>
    /// <returns>Its process ID, as this process counts.</returns>
    /// <exception cref="KeelsonException">FailedPrecondition: the container does not run, or is paused. Else the step that failed and why.</exception>
    public int Exec(ExecOptions options)
    {
        ProcessSpec process = options.Process;
        if (process.Args.Length == 0) throw new KeelsonException(ErrorKind.InvalidArgument, $"exec in container {Id}: process.args: there is no program to run");
        if (process.Terminal && options.ConsoleSocket is null)
            throw new KeelsonException(ErrorKind.InvalidArgument, $"exec in container {Id}: cannot allocate tty if runtime will detach without setting console socket");
        if (Status == ContainerStatus.Paused && !options.IgnoresPaused) throw new KeelsonException(ErrorKind.FailedPrecondition, $"exec in container {Id}: cannot exec in a paused container");
        using FdHandle? container = OpenProcess();
        if (container is null) throw new KeelsonException(ErrorKind.FailedPrecondition, $"exec in container {Id}: cannot exec in a stopped container: container not running");

        CloneFlags namespaces = ForeignNamespaces();
        using FdHandle? root = (namespaces & CloneFlags.CLONE_NEWNS) == 0 ? Files.Open($"/proc/{Pid}/root", OpenFlags.O_PATH | OpenFlags.O_DIRECTORY) : null;
        using FdHandle hostProc = HostProc.Open();
        using FdHandle? console = ContainerCreator.Connect(process.Terminal ? options.ConsoleSocket : null, "console socket");
        using ChildChannel channel = new();
        using SyscallPlan plan = new();
        string below = options.SubCgroup ?? "";
        IReadOnlyList<FdHandle> joinFiles = Cgroup?.OpenJoinFiles(withUnified: false, below, options.SubCgroupControllers) ?? [];
        using FdHandle? unified = Cgroup?.OpenDirectory(options.SubCgroupControllers.Length == 0 ? below : "");
        ExecPlan.Request request = new(container, namespaces, root, channel.ChildEnd, hostProc, HostProc.HasOpenAt2(hostProc), joinFiles, Cgroup?.IsJoinedThroughManager == true, console, Processes.EffectiveUserId == 0, [directory.LockFd, channel.ParentFd]);
        ExecPlan.Compile(request, NewProcessRequest(options, channel, namespaces), plan);
        try
        {
            int pid = Launch(plan, channel, unified, below, (namespaces & CloneFlags.CLONE_NEWUSER) != 0 ? process.OomScoreAdj : null, out FdHandle pidFd);
            using (pidFd)
            {
                ContainerCreator.WritePidFile(options.PidFile, pid);
                ContainerCreator.SendPidFd(options.PidFdSocket, pidFd);
            }
            return pid;
        }
        catch (PlanException e)
        {
            throw new KeelsonException(e.Kind, $"exec in container {Id}", e);
        }
        finally
        {
            foreach (FdHandle file in joinFiles) file.Dispose();
        }
    }

    private ProcessRequest NewProcessRequest(ExecOptions options, ChildChannel channel, CloneFlags namespaces)
    {
        bool inUserNamespace = (namespaces & CloneFlags.CLONE_NEWUSER) != 0, privileged = Processes.EffectiveUserId == 0;
        return new ProcessRequest
        {
            Process = options.Process,
            Environment = ProcessEnvironment.Complete(options.Process.Env, options.Process.User.Uid, $"/proc/{Pid}/root", listenFds: 0),
            ContainerId = Id,
            Channel = channel.ChildEnd.Fd,
            GrantableCapabilities = inUserNamespace ? ulong.MaxValue : OwnCapabilities.Permitted(),
            MaySetGroups = inUserNamespace ? UserMappings.AllowsSetGroups(Spec.Linux!, privileged) : StartResources.MaySetOwnGroups(options.Process, privileged, !UserNamespaces.IsInitial()),
            ChangesIds = false,
            InUserNamespace = inUserNamespace,
            Seccomp = Spec.Linux?.Seccomp is { } profile ? SeccompFilters.Compile(profile, runtime.Warn) : null,
            NoNewKeyring = record.NoNewKeyring,
            PreserveFds = options.PreserveFds,
            Personality = Spec.Linux?.Personality,
            MemoryPolicy = Spec.Linux?.MemoryPolicy,
            Warn = runtime.Warn,
        };
    }

    private int Launch(SyscallPlan plan, ChildChannel channel, FdHandle? unified, string below, int? oomScore, out FdHandle pidFd)
    {
        int pid = Cloner.Start(plan, channel.ChildEnd, CloneFlags.None, unified, out pidFd);
        channel.CloseChildEnd();
        bool isReported = false;
        try
        {
            while (channel.Next(plan, out long value) is { } point)
            {
                switch (point)
                {
                    case StartPoint.Cgroup:
                        Cgroup!.Attach(pid, below);
                        break;
                    case StartPoint.ProcessId:
                        Processes.TryWait(pid, out _, out _).ThrowIfError("wait", "first stage");
                        pidFd.Dispose();
                        pid = (int)value;
                        isReported = true;
                        Processes.TryOpenPid(pid, out FdHandle? second).ThrowIfError("pidfd_open", "process");
                        pidFd = second!;
                        OomScore.Write(pid, oomScore);
                        break;
                    case StartPoint.SeccompListener:
                        SeccompFilters.SendListener(Spec.Linux!.Seccomp!, pidFd, (int)value, StateJson.Format(record, ContainerStatus.Running, pid, listener: true, Spec.Linux.Seccomp!.ListenerMetadata));
                        break;
                }
                channel.Continue();
            }
            return pid;
        }
        catch
        {
            int late = isReported ? 0 : channel.ReadToEnd();
            foreach (int child in (ReadOnlySpan<int>)[pid, late])
            {
                if (child == 0) continue;
                Processes.TryKill(child, Signals.SIGKILL);
                Processes.TryWait(child, out _, out _);
            }
            pidFd.Dispose();
            throw;
        }
    }

    /// <summary>The container's namespaces without those that are this process's own: setns(2) refuses to join one's own user namespace.</summary>
    private CloneFlags ForeignNamespaces()
    {
        CloneFlags namespaces = (CloneFlags)record.Namespaces;
        if ((namespaces & CloneFlags.CLONE_NEWUSER) != 0
            && Files.TryReadLink($"/proc/{Pid}/ns/user", out string theirs) == Errno.None && Files.TryReadLink("/proc/self/ns/user", out string ours) == Errno.None && theirs == ours)
            namespaces &= ~CloneFlags.CLONE_NEWUSER;
        return namespaces;
    }
}
