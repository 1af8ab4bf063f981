using Keelson.Docker;

namespace Keelson.Cli.Commands;

/// <summary>What people are told when something fails: operation, object, cause.</summary>
internal static class Errors
{
    /// <summary>Tells an error on standard error; when no engine answers, also what to start.</summary>
    public static void Report(string operation, KeelsonException error)
    {
        Output.Error($"keelson {operation}: {error.FullMessage}");
        if (error is not EngineUnreachableException unreachable) return;
        Output.Error(unreachable.Kind switch
        {
            ErrorKind.PermissionDenied => $"This user may not use {unreachable.Host.SocketPath}: ask as root, or join the group that owns the socket.",
            _ when unreachable.Host.SocketPath == DockerHost.DefaultSocket => "Is the engine running? Start it with 'keelsond', or name another one with --host, KEELSON_HOST or DOCKER_HOST.",
            _ => $"Is the engine running? Start keelsond or dockerd so that it listens at {unreachable.Host}, or name another one with --host.",
        });
    }
}
