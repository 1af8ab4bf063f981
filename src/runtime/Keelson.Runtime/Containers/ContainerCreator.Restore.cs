using Keelson.Cgroups;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Oci;
using Keelson.Runtime.Criu;
using Keelson.Runtime.Hooks;

namespace Keelson.Runtime.Containers;

internal sealed partial class ContainerCreator
{
    /// <summary>Continues a container from images. Its processes become children of this one.</summary>
    /// <remarks>
    /// <code>
    ///   reserve the name ─ cgroup ─ criu, in the cgroup ─┬─ setup-namespaces: hooks prestart and createRuntime
    ///                                                    ├─ orphan-pts-master: the terminal goes to its socket
    ///                                                    ├─ post-restore: record the process ID
    ///                                                    └─ done: the processes run
    /// </code>
    /// </remarks>
    public static Container Restore(RuntimeOptions runtime, CreateOptions options, RestoreOptions restore)
    {
        string criu = CriuSession.Find("restore container " + options.Id);
        using FdHandle images = Files.Open(Path.GetFullPath(restore.ImagePath), OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);
        using ContainerCreator creator = Begin(runtime, options, waitsForStart: false, out BundleConfiguration bundle);
        creator.RunRestore(bundle, restore, criu, images);
        return new Container(runtime, creator.directory, creator.record, creator.spec);
    }

    private void RunRestore(BundleConfiguration bundle, RestoreOptions restore, string criu, FdHandle images)
    {
        const string log = "restore.log";
        PrepareCgroup();
        directory.WriteConfiguration(bundle.Json.Span);
        directory.MakeNotifyDirectory();
        CriuMounts.MakePlaces(spec, bundle);
        using FdHandle? work = restore.WorkPath is null ? null : CriuDirectories.Make(restore.WorkPath, 0b111_000_000);
        using FdHandle? console = Connect(ConsoleSocketPath(), "console socket");

        string[] streams = CriuDirectories.ReadStreamNames(images);
        List<(string Name, FdHandle Handle)> namespaces = [];
        try
        {
            foreach ((NamespaceSpec ns, _, string name) in CriuDirectories.JoinedNamespaces(spec)) namespaces.Add((name, Files.Open(ns.Path!, OpenFlags.O_RDONLY)));
            using CriuSession session = CriuSession.Start(criu, [.. namespaces.ConvertAll(n => n.Handle.Fd)], record.Rootfs);
            using FdHandle ownImages = session.Reopen(images);
            using FdHandle? ownWork = work is null ? null : session.Reopen(work);
            CriuRequest request = new(CriuRequestKind.Restore, restore, ownImages, ownWork, log, record.Rootfs);
            request.Restore(restore);
            foreach ((string place, string source) in CriuMounts.FromHost(spec, bundle.Directory, cgroup)) request.ExternalMount(place, source);
            request.ExternalMount(NotifySocket.DirectoryInContainer, directory.NotifyDirectoryPath);
            if (spec.Linux?.MaskedPaths.Length > 0) request.ExternalMount(CriuMounts.Mask, CriuMounts.Mask);
            foreach ((string name, int stream) in CriuStreams.Replaced(streams)) request.InheritedDescriptor(name, stream);
            foreach ((string name, FdHandle handle) in namespaces) request.InheritedDescriptor(name, handle.Fd);
            EnterCgroup(session.Pid, request);
            CriuResponse answer = session.Ask(request, (notice, descriptor) => OnNotice(notice, descriptor, console));
            if (!answer.Success) throw CriuDirectories.Failed("restore container " + options.Id, answer, restore, log);
            if (answer.Pid != record.Pid || pidFd is null)
                throw new KeelsonException(ErrorKind.Unknown, $"restore container {options.Id}: criu names the process {answer.Pid} and told of {record.Pid} before");
        }
        finally
        {
            foreach ((_, FdHandle file) in namespaces) file.Dispose();
        }
        WritePidFile(options.PidFile, record.Pid);
        SendPidFd(options.PidFdSocket, pidFd);
        finished = true;
    }

    /// <summary>Puts criu into the container's cgroup, where its children are then made, and tells it where that is: images name the group of the container that was saved.</summary>
    private void EnterCgroup(int pid, CriuRequest request)
    {
        if (cgroup is null) return;
        cgroup.Attach(pid);
        foreach (string line in System.Text.Encoding.UTF8.GetString(Files.ReadAll($"/proc/{pid}/cgroup").Span).Split('\n'))
        {
            if (line.Split(':', 3) is not [_, var controllers, var path] || (controllers.Length == 0) != (cgroup.Mode == CgroupMode.V2)) continue;
            foreach (string controller in controllers.Split(',')) request.CgroupRoot(controller, path);
        }
    }

    private void OnNotice(CriuResponse notice, FdHandle? descriptor, FdHandle? console)
    {
        switch (notice.Notice)
        {
            case "setup-namespaces":
                if (spec.Hooks is not { } hooks) break;
                ReadOnlyMemory<byte> state = StateJson.Format(record, ContainerStatus.Creating, notice.Pid);
                HookRunner.RunAll("prestart", hooks.Prestart, state);
                HookRunner.RunAll("createRuntime", hooks.CreateRuntime, state);
                break;
            case "orphan-pts-master" when descriptor is not null && console is not null:
                Sockets.TrySend(console.Fd, "/dev/ptmx"u8, [descriptor.Fd]).ThrowIfError("send console to", "console socket");
                break;
            case "post-restore":
                record.Pid = notice.Pid;
                Processes.TryOpenPid(record.Pid, out pidFd).ThrowIfError("pidfd_open", "restored process");
                RecordProcess();
                break;
        }
    }
}
