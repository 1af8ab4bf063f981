using Keelson.Notary.Keys;
using Keelson.Notary.Pkcs11;

namespace Keelson.Notary.Tests.Tokens;

/// <summary>Makes one key after the other in a token, and signs with each, until it is killed. It says which ones it has.</summary>
internal static class TokenChild
{
    /// <param name="gun">The collection.</param>
    public static async Task<int> RunAsync(string gun)
    {
        await using TokenKeyService service = await TokenKeyService.OpenAsync(new() { Module = SoftToken.Module, Token = SoftToken.TokenOptions });
        for (int i = 0; ; i++)
        {
            OnlineKey key = await service.CreateAsync(i % 2 == 0 ? "ecdsa" : "ed25519", gun, "timestamp");
            await service.SignAsync(key.Id, "content"u8.ToArray());
            Console.WriteLine(key.Id);
        }
    }

    /// <summary>Starts it.</summary>
    public static ChildProcess Start(SoftToken token, string gun) =>
        ChildProcess.Start([Environment.ProcessPath!, "token", "create", gun], new() { Environment = new Dictionary<string, string>(token.Environment) { ["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] = "1" } });

    /// <summary>What a child said, without a line that it did not finish.</summary>
    public static string[] KeysOf(ChildProcess child)
    {
        string text = child.Stdout;
        return text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
