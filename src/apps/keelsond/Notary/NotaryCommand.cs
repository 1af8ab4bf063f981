namespace Keelson.Daemon.Notary;

/// <summary><c>keelsond notary</c>.</summary>
internal static class NotaryCommand
{
    private const string Usage = """
        usage: keelsond notary server [--config FILE]
               keelsond notary signer [--config FILE]

        Content trust as notary has it. Neither needs root. The configuration is that of notary-server and notary-signer; keelson-notary.json(5) has its keys.

          server   keeps signed collections, and signs their snapshots and timestamps
          signer   keeps the keys for that, for servers elsewhere

          --config FILE    configuration in JSON; variables of the environment overrule it: NOTARY_SERVER_STORAGE_BACKEND, NOTARY_SIGNER_SERVER_GRPC_ADDR, …

        """;

    /// <summary>Runs a command.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] arguments)
    {
        string? file = null;
        List<string> rest = [];
        for (int i = 0; i < arguments.Length; i++)
        {
            string argument = arguments[i];
            if (argument is "-h" or "--help") return Program.Print(Usage);
            // notary's programs have one dash, and a log's format that is of no use here.
            if (argument is "--config" or "-config" or "-c") file = ++i < arguments.Length ? arguments[i] : throw Wrong("option --config: its value is missing");
            else if (argument.TrimStart('-').StartsWith("config=", StringComparison.Ordinal) && argument[0] == '-') file = argument[(argument.IndexOf('=', StringComparison.Ordinal) + 1)..];
            else if (argument.StartsWith('-')) throw Wrong($"'{argument}' is no option; see keelsond notary --help");
            else rest.Add(argument);
        }
        switch (rest)
        {
            case ["server"]:
                NotaryServerConfig server = NotaryServerConfig.Load(file, Environment.GetEnvironmentVariables());
                await StopSignals.RunAsync(stop => NotaryDaemon.ServeAsync(server, stop)).ConfigureAwait(false);
                return 0;
            case ["signer"]:
                NotarySignerConfig signer = NotarySignerConfig.Load(file, Environment.GetEnvironmentVariables());
                await StopSignals.RunAsync(stop => NotaryDaemon.SignAsync(signer, stop)).ConfigureAwait(false);
                return 0;
            default:
                throw Wrong("a command is missing; see keelsond notary --help");
        }
    }

    private static KeelsonException Wrong(string message) => new(ErrorKind.InvalidArgument, "command line: " + message);
}
