using System.Text;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Runtime;

public sealed partial class Container
{
    /// <summary>Changes the shares of cache and memory bandwidth of a container that was created with <c>linux.intelRdt</c>.</summary>
    /// <remarks>Kernel documentation arch/x86/resctrl "Schemata". runtime-spec 1.3 config-linux "IntelRdt".</remarks>
    /// <param name="l3Cache">Lines about the third-level cache, such as <c>L3:0=ff</c>; <see langword="null"/> leaves it.</param>
    /// <param name="memoryBandwidth">Lines about memory bandwidth, such as <c>MB:0=50</c>; <see langword="null"/> leaves it.</param>
    /// <exception cref="KeelsonException">FailedPrecondition: it has no resctrl group, or has stopped. The kernel refused a value.</exception>
    public void UpdateSchemata(string? l3Cache, string? memoryBandwidth)
    {
        Lock();
        if (record.ResctrlDirectory is not { } group) throw new KeelsonException(ErrorKind.FailedPrecondition, $"update container {Id}: it was created without linux.intelRdt");
        string file = group + "/schemata";
        foreach (string? lines in (ReadOnlySpan<string?>)[l3Cache, memoryBandwidth])
        {
            if (string.IsNullOrEmpty(lines)) continue;
            Files.TryWriteFile(file, Encoding.ASCII.GetBytes(lines.TrimEnd('\n') + "\n")).ThrowIfError($"write '{lines}' to", file);
        }
    }
}
