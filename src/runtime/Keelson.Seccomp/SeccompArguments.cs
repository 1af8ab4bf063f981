using System.Runtime.CompilerServices;

namespace Keelson.Seccomp;

/// <summary>The six argument registers of a system call.</summary>
[InlineArray(6)]
public struct SeccompArguments
{
    private ulong first;
}
