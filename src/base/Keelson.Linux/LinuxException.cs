namespace Keelson.Linux;

/// <summary>A system call failed: <c>mount proc on /proc: EPERM (operation not permitted)</c>.</summary>
public class LinuxException : KeelsonException
{
    /// <summary>Makes the error of one failed call.</summary>
    /// <param name="operation">The call, as the reader knows it: <c>umount</c>.</param>
    /// <param name="target">What it was applied to; <see langword="null"/> when there is no object.</param>
    /// <param name="errno">What the kernel answered.</param>
    /// <param name="detail">What it said besides, as netlink and the BPF verifier do; <see langword="null"/> when it said nothing.</param>
    public LinuxException(string operation, string? target, Errno errno, string? detail = null)
        : base(errno.Kind(), Text(operation, target, errno, detail))
    {
        Operation = operation;
        Target = target;
        Errno = errno;
    }

    /// <summary>The call, as the reader knows it.</summary>
    public string Operation { get; }

    /// <summary>What the call was applied to, most often a path.</summary>
    public string? Target { get; }

    /// <summary>What the kernel answered.</summary>
    public Errno Errno { get; }

    private static string Text(string operation, string? target, Errno errno, string? detail)
    {
        string text = target is null ? $"{operation}: {errno.Describe()}" : $"{operation} {target}: {errno.Describe()}";
        return string.IsNullOrEmpty(detail) ? text : text + ": " + detail;
    }
}
