using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Oci;
using Keelson.Runtime.Containers;
using Keelson.Runtime.Plan;

namespace Keelson.Runtime;

/// <summary>Runs containers from OCI bundles: the library behind <c>keelson-runtime</c>.</summary>
/// <remarks>It keeps no state in memory. Any number of instances, in any number of processes, may share one root directory.</remarks>
public sealed class ContainerRuntime(RuntimeOptions options)
{
    /// <summary>A runtime with default settings.</summary>
    public ContainerRuntime() : this(new RuntimeOptions())
    {
    }

    /// <summary>Creates a container: all is done but the program, which waits for <see cref="Container.Start"/>. runtime-spec 1.3 runtime "Create".</summary>
    /// <returns>The container, locked until it is disposed.</returns>
    /// <exception cref="KeelsonException">AlreadyExists, InvalidArgument (the configuration), or what the kernel refused; nothing is left behind.</exception>
    public Container Create(CreateOptions create) => ContainerCreator.Create(options, create, waitsForStart: true);

    /// <summary>Creates a container and runs its program at once.</summary>
    /// <returns>The running container, locked until it is disposed.</returns>
    /// <exception cref="KeelsonException">As <see cref="Create"/>.</exception>
    public Container Run(CreateOptions create)
    {
        Container container = ContainerCreator.Create(options, create, waitsForStart: false);
        try
        {
            if (container.Spec.Hooks is null) return container;
            if (container.Status == ContainerStatus.Created) container.Start(create.NotifySocket);
            else container.RunPoststartHooks();
            return container;
        }
        catch
        {
            container.Delete(force: true);
            container.Dispose();
            throw;
        }
    }

    /// <summary>Continues a container that <see cref="Container.Checkpoint"/> has saved, with criu(8). Its first process is a child of this process.</summary>
    /// <param name="create">How the container is made; it is started at once.</param>
    /// <param name="restore">How it is continued.</param>
    /// <returns>The running container, locked until it is disposed.</returns>
    /// <exception cref="KeelsonException">As <see cref="Create"/>; or criu is not installed, or cannot restore it: the message names criu's log.</exception>
    public Container Restore(CreateOptions create, RestoreOptions restore) => ContainerCreator.Restore(options, create, restore);

    /// <summary>The system calls with which <see cref="Create"/> would start a container, as text: one line for each step of its plan.</summary>
    /// <remarks>The configuration is compiled for this machine, and nothing of it is made or run. Steps that enter cgroups are not shown.</remarks>
    /// <exception cref="KeelsonException">InvalidArgument: the configuration is wrong. Or a source of a bind mount or a namespace to join is missing.</exception>
    public string Plan(CreateOptions create) => StartPlanText.Write(options, create);

    /// <summary>Opens a container.</summary>
    /// <exception cref="KeelsonException">NotFound: there is none of this name. DataLoss: its state is damaged.</exception>
    public Container Open(string id)
    {
        if (Find(id) is { } container) return container;
        using ContainerDirectory directory = ContainerDirectory.Open(options.Root, id);
        // A runtime that was killed at its first step leaves a directory alone.
        if (directory.TryLock() && directory.TryRead() is null) directory.Remove();
        throw new KeelsonException(ErrorKind.NotFound, $"container {id} does not exist");
    }

    /// <summary>Opens a container if there is one; nothing is changed.</summary>
    /// <returns><see langword="null"/>: there is none of this name, or its creation has just begun.</returns>
    /// <exception cref="KeelsonException">DataLoss: its state is damaged.</exception>
    public Container? Find(string id)
    {
        ContainerId.Validate(id);
        ContainerDirectory? directory = ContainerDirectory.TryOpen(options.Root, id);
        try
        {
            if (directory?.TryRead() is { } record) return new Container(options, directory, record);
        }
        catch
        {
            directory?.Dispose();
            throw;
        }
        directory?.Dispose();
        return null;
    }

    /// <summary>Names of all containers, sorted.</summary>
    public IReadOnlyList<string> List()
    {
        if (Files.TryStatus(options.Root, out FileStatus status) != Errno.None || !status.IsDirectory) return [];
        List<string> ids = [];
        foreach (string path in Directory.GetDirectories(options.Root)) ids.Add(Path.GetFileName(path));
        ids.Sort(StringComparer.Ordinal);
        return ids;
    }
}
