namespace Keelson.Notary.Tests.Support;

/// <summary>Debian's <c>notary</c>, with a trust directory.</summary>
/// <param name="host">The server that it speaks to.</param>
/// <param name="name">Name of the trust directory.</param>
internal sealed class NotaryCli(NotaryHost host, string name = "trust")
{
    /// <summary>The program.</summary>
    public const string Program = "/usr/bin/notary";

    /// <summary>Its trust directory.</summary>
    public string Folder => $"{host.Folder}/{name}";

    public CommandResult Run(params IReadOnlyList<string> arguments) => ChildProcess.Run([Program, "-s", host.Address, "--tlscacert", host.Authority, "-d", Folder, .. arguments], new()
    {
        Environment = new Dictionary<string, string>
        {
            ["NOTARY_ROOT_PASSPHRASE"] = "passphrase-root", ["NOTARY_TARGETS_PASSPHRASE"] = "passphrase-targets", ["NOTARY_SNAPSHOT_PASSPHRASE"] = "passphrase-snapshot",
            ["NOTARY_DELEGATION_PASSPHRASE"] = "passphrase-delegation", ["HOME"] = host.Folder,
        },
    });
}
