using Keelson.Linux;

namespace Keelson.Cgroups;

internal sealed partial class FileCgroup
{
    public override OomEvents OpenOomEvents()
    {
        if (FindV1("memory") is { } v1) return OomEvents.OpenV1(v1);
        if (HasUnified("memory")) return OomEvents.OpenV2(unified!);
        throw new KeelsonException(ErrorKind.Unsupported, $"watch memory of {directories[0].Path}: there is no memory controller");
    }

    public override long OomKillCount()
    {
        CgroupDirectory? directory = FindV1("memory");
        string file = "memory.oom_control";
        if (directory is null)
        {
            directory = unified;
            file = "memory.events";
        }
        if (directory is null) return 0;
        Errno errno = directory.TryRead(file, out ReadOnlyMemory<byte> text);
        // Gone, or without the controller.
        if (errno is Errno.ENOENT or Errno.ENODEV) return 0;
        if (errno != Errno.None) throw new LinuxException($"read {file} of", directory.Path, errno);
        return (long)(KeyedNumbers.Find(text.Span, "oom_kill"u8) ?? 0);
    }
}
