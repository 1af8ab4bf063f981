using Keelson.Linux.Sys;
using Keelson.Oci;
using Keelson.Runtime;

namespace Keelson.RuntimeCli.Commands;

/// <summary><c>mounts add|remove ID FILE</c>; the file holds a JSON array of mounts as <c>config.json</c> has them, <c>-</c> is standard input.</summary>
internal static class MountsCommand
{
    /// <summary>Changes the mounts of a running container.</summary>
    public static int Run(GlobalOptions options, ArgumentReader reader)
    {
        if (reader.NextOption() is not null) throw reader.Unknown();
        string action = reader.RequirePositional("add or remove");
        if (action is not ("add" or "remove")) throw new KeelsonException(ErrorKind.InvalidArgument, $"command line: mounts takes add or remove, not '{action}'");
        string id = reader.RequirePositional("the container's ID"), file = reader.RequirePositional("the file of mounts");
        reader.End();
        using Container container = options.NewRuntime().Open(id);
        MountSpec[] mounts = MountListParser.Parse(Files.ReadAll(file == "-" ? "/proc/self/fd/0" : file).Span, file);
        if (action == "add") container.AddMounts(mounts);
        else container.RemoveMounts(mounts);
        return 0;
    }
}
