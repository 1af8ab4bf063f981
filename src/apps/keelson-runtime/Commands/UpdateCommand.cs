using Keelson.Runtime;

namespace Keelson.RuntimeCli.Commands;

/// <summary><c>update [options] ID</c>.</summary>
internal static class UpdateCommand
{
    /// <summary>Changes the limits of a container that runs or is created.</summary>
    public static int Run(GlobalOptions options, ArgumentReader reader)
    {
        UpdateArguments arguments = UpdateArguments.Parse(reader);
        if (arguments.NamesKernelMemory) options.Log.Warning("update: limits of kernel memory are ignored: the memory limit includes it");
        using Container container = options.NewRuntime().Open(arguments.Id);
        container.Update(arguments.ToResources());
        if (arguments.L3CacheSchema is { } || arguments.MemoryBandwidthSchema is { }) container.UpdateSchemata(arguments.L3CacheSchema, arguments.MemoryBandwidthSchema);
        return 0;
    }
}
