using System.Text;
using Keelson.Daemon.Notary;
using Keelson.Daemon.Registry;
using Keelson.Linux.Sys;

namespace Keelson.Daemon;

/// <summary>The engine's daemon.</summary>
internal static class Program
{
    private const string Usage = """
        usage: keelsond [options]
               keelsond [--address PATH] publish --topic TOPIC --namespace NAME < EVENT
               keelsond notary COMMAND [options]       signed collections, and a signer; see keelsond notary --help
               keelsond registry COMMAND [options]     an image registry; see keelsond registry --help

        Runs containers, and keeps their images, networks and volumes, for clients of docker and of containerd.

          --root DIR         what must stay: content and metadata (/var/lib/keelson)
          --state DIR        what may go with the machine: sockets (/run/keelson)
          --address PATH     the socket for containerd's clients (STATE/containerd.sock)
          --docker-address PATH  the socket for docker's clients (STATE/docker.sock)
          --dashboard ADDRESS:PORT   a page to look at the engine, on the loopback device; STATE/dashboard tells its address and token
          --bridge NAME          the device of the network "bridge" (keelson0, or keelson-ID with a root of its own); "none": containers that name no network have none
          --config FILE      configuration (/etc/keelson/config.toml if it is there)
          --log-level LEVEL  trace, debug, info, warn or error (info)
          --log-format FORM  text or json (text)
          --trust-policy FILE    which names must be signed, by whom; keelson-trust-policy.toml(5) has its keys
          --log-driver NAME  how output is kept of containers that name no driver: json-file, local, journald or none (json-file)
          --log-opt KEY=VALUE    an option of that driver, such as max-size=10m; may come several times
          --version          the version
          --help             this text

        """;

    private static async Task<int> Main(string[] arguments)
    {
        try
        {
            if (arguments is ["notary", ..]) return await NotaryCommand.RunAsync(arguments[1..]).ConfigureAwait(false);
            if (arguments is ["registry", ..]) return await RegistryCommand.RunAsync(arguments[1..]).ConfigureAwait(false);
            CommandLine line = CommandLine.Parse(arguments);
            if (line.ShowsHelp) return Print(Usage);
            if (line.ShowsVersion) return Print($"keelsond {BuildInfo.Version}\ncommit: {BuildInfo.Commit}\n");
            if (line.Command == "publish")
            {
                await PublishCommand.RunAsync(line).ConfigureAwait(false);
                return 0;
            }
            await StopSignals.RunAsync(stop => Daemon.RunAsync(DaemonOptions.Make(line), stop)).ConfigureAwait(false);
            return 0;
        }
        catch (KeelsonException e)
        {
            Files.TryWrite(2, Encoding.UTF8.GetBytes($"keelsond: {e.FullMessage}\n"));
            return 1;
        }
    }

    /// <summary>Writes to standard output.</summary>
    internal static int Print(string text) => Files.TryWrite(1, Encoding.UTF8.GetBytes(text)) == Linux.Errno.None ? 0 : 1;
}
