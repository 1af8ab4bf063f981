using System.Text.RegularExpressions;

namespace Keelson.Acme.Tests;

/// <summary>What openssl sees of a server.</summary>
/// <param name="Code">0: the chain that is served leads to the root, and is for the name.</param>
/// <param name="Serial">The certificate's number; empty: there was none.</param>
/// <param name="Text">All that it wrote.</param>
internal sealed partial record Seen(int Code, string Serial, string Text)
{
    /// <summary>Connects with openssl.</summary>
    /// <param name="at">Host and port.</param>
    /// <param name="name">The name that is asked for; <see langword="null"/>: none.</param>
    /// <param name="root">File of the root; <see langword="null"/>: it is not looked at.</param>
    /// <param name="more">Further arguments.</param>
    public static Seen Connect(string at, string? name, string? root = null, params string[] more)
    {
        Programs.Need("openssl");
        List<string> arguments = ["openssl", "s_client", "-connect", at, .. name is null ? (string[])["-noservername"] : ["-servername", name, "-verify_hostname", name], .. root is null ? (string[])[] : ["-CAfile", root, "-no-CApath", "-verify_return_error"], .. more];
        CommandResult connected = ChildProcess.Run(arguments);
        string text = connected.Stdout + connected.Stderr;
        if (!text.Contains("-----BEGIN CERTIFICATE-----", StringComparison.Ordinal)) return new(connected.ExitCode, "", text);
        CommandResult shown = ChildProcess.Run(["openssl", "x509", "-noout", "-serial"], new CommandOptions { Input = connected.Stdout });
        return new(connected.ExitCode, Serials().Match(shown.Stdout).Groups[1].Value, text);
    }

    [GeneratedRegex("serial=([0-9A-F]+)")]
    private static partial Regex Serials();
}
