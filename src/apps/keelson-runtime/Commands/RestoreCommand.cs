using Keelson.Runtime;

namespace Keelson.RuntimeCli.Commands;

/// <summary><c>restore [options] ID</c>.</summary>
internal static class RestoreCommand
{
    /// <summary>Continues a saved container; unless detached, waits for its end, passes signals on, removes it and returns its status.</summary>
    public static int Run(GlobalOptions options, ArgumentReader reader)
    {
        CriuArguments criu = new();
        string? profile = null, context = null;
        CreateArguments arguments = CreateArguments.Parse(reader, other: name =>
        {
            if (name == "lsm-profile") profile = reader.Value();
            else if (name == "lsm-mount-context") context = reader.Value();
            else return criu.TryOption(name, reader);
            return true;
        });
        RestoreOptions restore = new()
        {
            ImagePath = criu.ImagePath,
            WorkPath = criu.WorkPath,
            TcpEstablished = criu.TcpEstablished,
            ExternalUnixSockets = criu.ExternalUnixSockets,
            ShellJob = criu.ShellJob,
            FileLocks = criu.FileLocks,
            LazyPages = criu.LazyPages,
            AutoDedup = criu.AutoDedup,
            CgroupMode = criu.CgroupMode,
            EmptyNamespaces = criu.EmptyNamespaces,
            LsmProfile = profile,
            LsmMountContext = context,
        };
        return Foreground.Run(options, arguments, (runtime, create) => runtime.Restore(create, restore));
    }
}
