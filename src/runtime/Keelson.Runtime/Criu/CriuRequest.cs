using Keelson.Linux;
using Keelson.Protobuf;

namespace Keelson.Runtime.Criu;

/// <summary>What criu is asked to do. criu.org "RPC"; the numbers are those of its <c>rpc.proto</c>.</summary>
internal enum CriuRequestKind
{
    Dump = 1,
    Restore = 2,
    PreDump = 4,
    Notify = 6,
}

/// <summary>Puts a request to criu together.</summary>
internal sealed class CriuRequest
{
    private const int LogLevel = 4;
    private readonly CriuRequestKind kind;
    private readonly ProtobufWriter options = new();

    /// <summary>Starts with what all requests have.</summary>
    /// <param name="kind">What to do.</param>
    /// <param name="settings">As the caller wants it.</param>
    /// <param name="images">Directory of the images. criu opens it through this process, so it has to stay open here.</param>
    /// <param name="work">Directory of the log and of pid files; <see langword="null"/>: that of the images.</param>
    /// <param name="logFile">Name of the log in it.</param>
    /// <param name="root">The container's root file system on the host.</param>
    public CriuRequest(CriuRequestKind kind, CriuOptions settings, FdHandle images, FdHandle? work, string logFile, string root)
    {
        this.kind = kind;
        options.Number(1, images.Fd);
        if (work is not null) options.Number(17, work.Fd);
        options.Number(9, LogLevel);
        options.Text(10, logFile);
        options.Text(13, root);
        options.Switch(4, settings.ExternalUnixSockets);
        options.Switch(5, settings.TcpEstablished);
        options.Switch(7, settings.ShellJob);
        options.Switch(8, settings.FileLocks);
        options.Switch(12, true);
        options.Switch(16, settings.AutoDedup);
        options.Switch(24, true);
        if (settings.CgroupMode != CgroupCheckpointMode.Default) options.Number(34, (int)settings.CgroupMode);
        if (settings.EmptyNamespaces != 0) options.Number(38, (long)settings.EmptyNamespaces);
        options.Switch(48, settings.LazyPages);
        options.Switch(50, true);
    }

    /// <summary>Names the process whose tree is saved.</summary>
    public void Process(int pid) => options.Number(2, pid);

    /// <summary>What a dump has besides.</summary>
    public void Dump(CheckpointOptions settings)
    {
        options.Switch(3, settings.LeavesRunning);
        options.Text(14, settings.ParentPath);
        options.Switch(15, settings.ParentPath is not null || settings.PreDump);
        if (settings.StatusFd is { } fd) options.Number(49, fd);
        if (settings.PageServer is not { } server) return;
        ProtobufWriter address = new();
        address.Text(1, server.Address);
        address.Number(2, server.Port);
        options.Message(11, address);
    }

    /// <summary>What a restore has besides: the processes become children of the caller of criu.</summary>
    public void Restore(RestoreOptions settings)
    {
        options.Switch(6, true);
        options.Switch(26, true);
        options.Text(53, settings.LsmProfile);
        options.Text(64, settings.LsmMountContext);
    }

    /// <summary>The freezer of the processes, a directory of a cgroup.</summary>
    public void FreezeCgroup(string directory) => options.Text(44, directory);

    /// <summary>A resource outside of the container that the images only name.</summary>
    public void External(string name) => options.Text(37, name);

    /// <summary>A mount that comes from the host. At a dump: its place and its name; at a restore: its name and its source.</summary>
    public void ExternalMount(string key, string value)
    {
        ProtobufWriter mount = new();
        mount.Text(1, key);
        mount.Text(2, value);
        options.Message(23, mount);
    }

    /// <summary>A descriptor of criu that stands for a name in the images.</summary>
    public void InheritedDescriptor(string key, int fd)
    {
        ProtobufWriter descriptor = new();
        descriptor.Text(1, key);
        descriptor.Number(2, fd);
        options.Message(27, descriptor);
    }

    /// <summary>The group in which the saved groups of a controller are made. The one tree of cgroup v2 has an empty name.</summary>
    public void CgroupRoot(string controller, string path)
    {
        ProtobufWriter root = new();
        root.Text(1, controller.Length == 0 ? null : controller);
        root.Text(2, path);
        options.Message(25, root);
    }

    /// <summary>The request as criu reads it.</summary>
    public byte[] ToBytes()
    {
        ProtobufWriter request = new();
        request.Number(1, (int)kind);
        request.Message(2, options);
        return request.Written.ToArray();
    }

    /// <summary>The answer to a notice.</summary>
    public static byte[] Acknowledge(bool success)
    {
        ProtobufWriter request = new();
        request.Number(1, (int)CriuRequestKind.Notify);
        request.Number(3, success ? 1 : 0);
        return request.Written.ToArray();
    }
}
