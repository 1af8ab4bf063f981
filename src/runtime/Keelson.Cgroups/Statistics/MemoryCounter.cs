namespace Keelson.Cgroups;

/// <summary>One kind of memory.</summary>
/// <param name="Limit">Bytes; <see cref="ulong.MaxValue"/> or, in v1, a number near 2^63 is no limit.</param>
/// <param name="Usage">Bytes in use.</param>
/// <param name="Maximum">Most bytes that were in use; 0 where the kernel does not keep it.</param>
/// <param name="FailureCount">How often the limit was hit.</param>
public readonly record struct MemoryCounter(ulong Limit, ulong Usage, ulong Maximum, ulong FailureCount);
