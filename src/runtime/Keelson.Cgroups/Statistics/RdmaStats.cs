namespace Keelson.Cgroups;

/// <summary>One RDMA device. Limits of <see cref="ulong.MaxValue"/> are none.</summary>
/// <param name="Handles">Handles in use.</param>
/// <param name="Objects">Objects in use.</param>
/// <param name="HandleLimit">Most handles.</param>
/// <param name="ObjectLimit">Most objects.</param>
public readonly record struct RdmaStats(ulong Handles, ulong Objects, ulong HandleLimit, ulong ObjectLimit);
