using System.Text;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Protobuf;
using Keelson.Shim.Launch;

namespace Keelson.Shim;

/// <summary>The program <c>containerd-shim-keelson-v2</c>.</summary>
public static class ShimProgram
{
    private const string RuntimeName = "io.containerd.keelson.v2";
    private const int Listener = 3, Ignore = 1;

    private static ReadOnlySpan<byte> Usage => """
        usage: containerd-shim-keelson-v2 [options] start
               containerd-shim-keelson-v2 [options] delete

        Stands between containerd, or keelsond, and the containers of a namespace. Its callers find it by the runtime's name, io.containerd.keelson.v2.

          start   starts a shim that serves, or finds the one that serves the pod already, and prints the address of its socket
          delete  removes what a container left whose shim is gone, and prints how it ended

          -namespace NAME         namespace of the container
          -id ID                  the container
          -bundle DIR             directory of its config.json, for delete; the working directory by default, and always for start
          -address PATH           socket of the daemon
          -publish-binary PROGRAM accepted; events go to the socket that TTRPC_ADDRESS names
          -debug                  log more
          -info                   print what this runtime is, as a message of protocol buffers
          -v, -version            print the version
          -h, -help               print this text

        """u8;

    /// <summary>Runs the program: <c>start</c>, <c>delete</c>, or the server when there is no command.</summary>
    /// <param name="arguments">The command line without the program's name.</param>
    /// <param name="version">Version of the program.</param>
    /// <param name="revision">Commit that it was built from.</param>
    /// <returns>The exit code.</returns>
    public static int Run(string[] arguments, string version, string revision)
    {
        try
        {
            ShimArguments parsed = ShimArguments.Parse(arguments);
            if (parsed.ShowsHelp) return Print(Usage);
            if (parsed.ShowsVersion) return Print(Encoding.UTF8.GetBytes($"{Environment.GetCommandLineArgs()[0]}:\n  Version:  {version}\n  Revision: {revision}\n"));
            if (parsed.ShowsInfo) return Print(Info(version, revision));
            switch (parsed.Command)
            {
                case "start":
                    Processes.TryCloseRange(Listener);
                    return Print(Encoding.UTF8.GetBytes(StartCommand.Run(parsed)));
                case "delete":
                    Processes.TryCloseRange(Listener);
                    return Print(DeleteCommand.Run(parsed, TimeProvider.System));
                case "":
                    Serve(parsed);
                    return 0;
                default:
                    throw new KeelsonException(ErrorKind.InvalidArgument, $"'{parsed.Command}' is not a command of a shim");
            }
        }
        catch (KeelsonException e)
        {
            Files.TryWrite(2, Encoding.UTF8.GetBytes($"containerd-shim-keelson-v2: {e.FullMessage}\n"));
            return 1;
        }
    }

    private static void Serve(ShimArguments arguments)
    {
        if (arguments.Socket.Length == 0 || !Files.IsOpen(Listener)) throw new KeelsonException(ErrorKind.InvalidArgument, "command line: neither start nor delete");
        Processes.TryCloseRange(Listener + 1);
        Files.TrySetCloseOnExec(Listener, true).ThrowIfError("fcntl", "socket");
        Signals.SetMask(1UL << (Signals.SIGCHLD - 1));
        Signals.TrySetHandler(Signals.SIGPIPE, Ignore).ThrowIfError("sigaction", "SIGPIPE");
        Processes.TryBecomeSubreaper().ThrowIfError("prctl", "subreaper");
        using ShimServer server = new(arguments, new FdHandle(Listener), TimeProvider.System);
        // The bundle of the first container goes away before those of others.
        Directories.TryEnter("/").ThrowIfError("chdir", "/");
        server.Run();
    }

    /// <summary>What later versions of containerd ask with <c>-info</c>: a <c>RuntimeInfo</c>.</summary>
    private static byte[] Info(string version, string revision)
    {
        ProtobufWriter versions = new(), info = new();
        versions.Text(1, version);
        versions.Text(2, revision);
        info.Text(1, RuntimeName);
        info.Message(2, versions);
        return info.ToArray();
    }

    private static int Print(ReadOnlySpan<byte> bytes)
    {
        Files.TryWrite(1, bytes).ThrowIfError("write", "standard output");
        return 0;
    }
}
