namespace Keelson.Api.Metrics;

/// <summary>A figure of the kernel's about a container that is a family of metrics.</summary>
/// <param name="Name">The name, <c>container_…</c>, as containerd 1.6 has it: a gauge, whatever the kernel does with it.</param>
/// <param name="Help">What it is.</param>
/// <param name="Read">Finds it in <c>io.containerd.cgroups.v1.Metrics</c> or <c>v2.Metrics</c>; none when the kernel has nothing to say of it.</param>
internal sealed record CgroupFamily(string Name, string Help, Func<CgroupMessage, IEnumerable<CgroupFigure>> Read);

/// <summary>A number and what tells it from others of its family besides the container.</summary>
internal readonly record struct CgroupFigure(ulong Value, params (string Name, string Value)[] Labels);
