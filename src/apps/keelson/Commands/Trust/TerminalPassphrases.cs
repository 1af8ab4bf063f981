using Keelson.Cli.Terminal;
using Keelson.Notary.Client;

namespace Keelson.Cli.Commands.Trust;

/// <summary>Asks for passphrases at the terminal; where there is none, nobody is asked.</summary>
internal sealed class TerminalPassphrases : IPassphraseSource
{
    private const int Shortest = 8, ShownDigits = 7;
    private readonly Dictionary<string, string> known = new(StringComparer.Ordinal);

    public string? Find(PassphraseRequest request)
    {
        if (!RawTerminal.IsInput) return null;
        // Keys of one role mostly share a passphrase; it is asked for once.
        if (request.Attempt == 0 && known.TryGetValue(request.Role, out string? before)) return before;
        string shown = request.KeyId[..Math.Min(ShownDigits, request.KeyId.Length)];
        if (!request.IsNew) return known[request.Role] = Prompt.Hidden($"Passphrase for {request.Role} key {shown}: ");
        while (true)
        {
            string passphrase = Prompt.Hidden($"New passphrase for {request.Role} key {shown}: ");
            if (passphrase.Length < Shortest) Output.Error($"It needs {Shortest} characters or more.");
            else if (passphrase == Prompt.Hidden("Once more: ")) return known[request.Role] = passphrase;
            else Output.Error("They differ.");
        }
    }
}
