using System.Buffers.Text;
using System.Text;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Cgroups;

/// <summary>One directory of one hierarchy, and the control files in it.</summary>
/// <param name="controllers">As <see cref="CgroupHierarchy.Controllers"/>.</param>
/// <param name="path">Absolute.</param>
internal sealed class CgroupDirectory(string controllers, string path)
{
    /// <summary>Longest value that is written: a <c>devices</c> or <c>cpuset</c> list is far below.</summary>
    private const int MaximumValueBytes = 4096;

    /// <summary>The kernel's "no limit" of v1 memory files is near this; larger numbers are read as no limit too.</summary>
    public const ulong Unlimited = ulong.MaxValue;

    public string Controllers => controllers;

    public string Path => path;

    public bool IsUnified => controllers.Length == 0;

    /// <summary>Whether the directory was removed.</summary>
    public bool IsGone => Files.TryStatus(path, out _) == Errno.ENOENT;

    /// <summary>Whether a v1 controller belongs to this hierarchy.</summary>
    public bool Has(string controller)
    {
        if (controllers == controller) return true;
        foreach (Range part in controllers.AsSpan().Split(','))
            if (controllers.AsSpan(part).SequenceEqual(controller))
                return true;
        return false;
    }

    public string File(string name) => path + "/" + name;

    public Errno TryWrite(string file, string value)
    {
        Span<byte> bytes = stackalloc byte[512];
        if (!Encoding.UTF8.TryGetBytes(value, bytes, out int length))
        {
            if (value.Length > MaximumValueBytes) return Errno.E2BIG;
            bytes = Encoding.UTF8.GetBytes(value);
            length = bytes.Length;
        }
        return Files.TryWriteFile(File(file), bytes[..length]);
    }

    /// <exception cref="LinuxException"><c>write memory.limit_in_bytes of /sys/fs/cgroup/memory/x (value 4096): EBUSY (…)</c>.</exception>
    public void Write(string file, string value) => ThrowIfError(TryWrite(file, value), file, value);

    public void ThrowIfError(Errno errno, string file, string value)
    {
        if (errno != Errno.None) throw new LinuxException($"write {file} of", $"{path} (value {value.Replace("\n", "\\n", StringComparison.Ordinal)})", errno);
    }

    public FdHandle Open(string file, OpenFlags flags)
    {
        Errno errno = Files.TryOpen(File(file), flags, out FdHandle? handle);
        return errno == Errno.None ? handle! : throw new LinuxException($"open {file} of", path, errno);
    }

    public Errno TryRead(string file, out ReadOnlyMemory<byte> text) => Files.TryReadAll(File(file), out text, limitBytes: 16 << 20);

    /// <exception cref="LinuxException">The file is missing or cannot be read.</exception>
    public ReadOnlyMemory<byte> Read(string file)
    {
        Errno errno = TryRead(file, out ReadOnlyMemory<byte> text);
        return errno == Errno.None ? text : throw new LinuxException($"read {file} of", path, errno);
    }

    /// <summary>Reads a file that is known to be short, in one read(2): open, read, close.</summary>
    /// <param name="file">Name of the control file.</param>
    /// <param name="buffer">Contents that fill it are EFBIG.</param>
    /// <param name="text">The part of <paramref name="buffer"/> that was filled, without newlines at the end.</param>
    public Errno TryReadShort(string file, Span<byte> buffer, out ReadOnlySpan<byte> text)
    {
        text = default;
        Errno errno = Files.TryOpen(File(file), OpenFlags.O_RDONLY, out FdHandle? handle);
        if (errno != Errno.None) return errno;
        int count;
        using (handle) errno = Files.TryRead(handle!.Fd, buffer, out count);
        if (errno == Errno.None && count == buffer.Length) return Errno.EFBIG;
        text = buffer[..count].TrimEnd((byte)'\n');
        return errno;
    }

    /// <inheritdoc cref="TryReadShort"/>
    /// <exception cref="LinuxException">The file is missing or cannot be read.</exception>
    public ReadOnlySpan<byte> ReadShort(string file, Span<byte> buffer)
    {
        Errno errno = TryReadShort(file, buffer, out ReadOnlySpan<byte> text);
        return errno == Errno.None ? text : throw new LinuxException($"read {file} of", path, errno);
    }

    /// <summary>The number in a file that holds one; <see cref="Unlimited"/> for <c>max</c> and for negative numbers.</summary>
    /// <exception cref="LinuxException">The file is missing or cannot be read.</exception>
    /// <exception cref="KeelsonException">DataLoss: it holds something else.</exception>
    public ulong ReadNumber(string file) => ParseNumber(ReadShort(file, stackalloc byte[64]), file);

    /// <summary>As <see cref="ReadNumber"/>, <see langword="null"/> when the file is missing: the kernel is older or built without it, or the group goes away while it is read (ENODEV).</summary>
    public ulong? ReadOptionalNumber(string file)
    {
        Errno errno = TryReadShort(file, stackalloc byte[64], out ReadOnlySpan<byte> text);
        if (errno is Errno.ENOENT or Errno.ENODEV or Errno.EOPNOTSUPP) return null;
        if (errno != Errno.None) throw new LinuxException($"read {file} of", path, errno);
        return ParseNumber(text, file);
    }

    private ulong ParseNumber(ReadOnlySpan<byte> text, string file)
    {
        if (text.SequenceEqual("max"u8)) return Unlimited;
        if (Utf8Parser.TryParse(text, out ulong number, out int used) && used == text.Length) return number;
        if (Utf8Parser.TryParse(text, out long negative, out used) && used == text.Length && negative < 0) return Unlimited;
        throw new KeelsonException(ErrorKind.DataLoss, $"read {file} of {path}: '{Encoding.UTF8.GetString(text)}' is no number");
    }
}
