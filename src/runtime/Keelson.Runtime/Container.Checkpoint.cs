using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Oci;
using Keelson.Runtime.Containers;
using Keelson.Runtime.Criu;

namespace Keelson.Runtime;

public sealed partial class Container
{
    private const uint ImageDirectoryMode = 0b111_000_000, ImageFileMode = 0b110_000_000;

    /// <summary>Saves the container with criu(8). Unless it is left running it is deleted afterwards, with its hooks.</summary>
    /// <exception cref="KeelsonException">
    /// FailedPrecondition: it does not run, criu is not installed, or cannot save it; the message names criu's log. InvalidArgument: the options contradict each other.
    /// </exception>
    public void Checkpoint(CheckpointOptions options)
    {
        Lock();
        ContainerStatus status = Status;
        if (status is not (ContainerStatus.Running or ContainerStatus.Paused))
            throw new KeelsonException(ErrorKind.FailedPrecondition, $"checkpoint container {Id}: container not running: it is {StatusName.Of(status)}");
        string criu = CriuSession.Find("checkpoint container " + Id);
        using FdHandle images = CriuDirectories.Make(options.ImagePath, ImageDirectoryMode);
        using FdHandle? work = options.WorkPath is null ? null : CriuDirectories.Make(options.WorkPath, ImageDirectoryMode);
        CriuDirectories.CheckParent(images, options.ParentPath);
        const string log = "dump.log";

        CriuRequest request = new(options.PreDump ? CriuRequestKind.PreDump : CriuRequestKind.Dump, options, images, work, log, Rootfs);
        request.Process(Pid);
        request.Dump(options);
        if (FreezerDirectory() is { } freezer) request.FreezeCgroup(freezer);
        if (!options.PreDump)
        {
            string[] streams = CriuStreams.NamesOf(Pid);
            AddExternal(request, streams);
            WriteStreamNames(images, streams);
        }
        using (CriuSession session = CriuSession.Start(criu, [], root: null))
        {
            CriuResponse answer = session.Ask(request, static (_, _) => { });
            if (!answer.Success) throw CriuDirectories.Failed("checkpoint container " + Id, answer, options, log);
        }
        if (options.LeavesRunning || options.PreDump) return;
        KillAndWait();
        Destroy();
    }

    /// <summary>What the images only name: mounts, namespaces and standard streams of the host.</summary>
    private void AddExternal(CriuRequest request, string[] streams)
    {
        foreach ((string name, _) in CriuStreams.Replaced(streams))
            if (CriuStreams.IsFile(name))
                request.External(name);
        foreach ((string place, _) in CriuMounts.FromHost(Spec, Bundle, Cgroup)) request.ExternalMount(place, place);
        if (directory.HasNotifyDirectory) request.ExternalMount(NotifySocket.DirectoryInContainer, NotifySocket.DirectoryInContainer);
        foreach (string masked in CriuMounts.MaskedFiles(Spec, Pid)) request.ExternalMount(masked, CriuMounts.Mask);
        foreach ((NamespaceSpec ns, string kind, string name) in CriuDirectories.JoinedNamespaces(Spec))
        {
            Files.TryStatus(ns.Path!, out FileStatus status).ThrowIfError("stat", ns.Path!);
            request.External(string.Create(CultureInfo.InvariantCulture, $"{kind}[{status.Inode}]:{name}"));
        }
    }

    private string? FreezerDirectory()
    {
        if (Cgroup is not { } group) return null;
        foreach ((string controllers, string path) in group.Directories)
            if (controllers.Split(',').Contains("freezer") || (controllers.Length == 0 && group.Mode == Cgroups.CgroupMode.V2))
                return path;
        return null;
    }

    /// <summary>Keeps the names of the standard streams: a restore puts its own in the places of those that lead out.</summary>
    private static void WriteStreamNames(FdHandle images, string[] streams)
    {
        ArrayBufferWriter<byte> buffer = new(256);
        using (Utf8JsonWriter json = new(buffer))
        {
            json.WriteStartArray();
            foreach (string name in streams) json.WriteStringValue(name);
            json.WriteEndArray();
        }
        Files.WriteFile(CriuDirectories.StreamNamesFile, buffer.WrittenSpan, OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_TRUNC, ImageFileMode, images.Fd);
    }
}
