namespace Keelson.Attacks;

/// <summary>Whether the runtime may use openat2(2), on which its safe look-ups rest. Attack 18: each case holds without it too.</summary>
public enum OpenAt2
{
    /// <summary>As the kernel has it.</summary>
    Allowed,

    /// <summary>A seccomp filter answers ENOSYS, as those of today's engines do.</summary>
    Missing,

    /// <summary>A seccomp filter answers EPERM, as those of older engines do.</summary>
    Forbidden,
}
