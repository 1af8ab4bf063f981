using System.Text.Json;
using System.Text.Json.Nodes;

namespace Keelson.Notary.Client;

/// <summary>What a <c>config.json</c> of notary says; its members are those of notary 0.7. Unknown ones are left alone.</summary>
/// <param name="TrustDirectory">The member <c>trust_dir</c>; null when not said.</param>
/// <param name="Server">The member <c>remote_server.url</c>.</param>
/// <param name="AuthorityFile">The member <c>remote_server.root_ca</c>.</param>
/// <param name="ClientCertificate">The members <c>remote_server.tls_client_cert</c> and <c>tls_client_key</c>.</param>
/// <param name="Pinning">The member <c>trust_pinning</c>.</param>
public sealed record TrustConfiguration(string? TrustDirectory, Uri? Server, string? AuthorityFile, (string Certificate, string Key)? ClientCertificate, TrustPinning Pinning)
{
    /// <summary>Reads a file. Names of files in it are relative to its folder.</summary>
    /// <param name="path">The file; one that is not there says nothing.</param>
    /// <exception cref="KeelsonException">InvalidArgument: it is not as notary has it.</exception>
    public static TrustConfiguration Read(string path)
    {
        if (!File.Exists(path)) return new(null, null, null, null, TrustPinning.FirstUse);
        try
        {
            JsonObject json = JsonNode.Parse(File.ReadAllText(path))?.AsObject() ?? [];
            string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
            JsonNode? remote = json["remote_server"];
            string? url = Text(remote, "url"), certificate = FileOf(remote, "tls_client_cert"), key = FileOf(remote, "tls_client_key");
            return new(FileOf(json, "trust_dir"), url is null ? null : new Uri(url), FileOf(remote, "root_ca"),
                certificate is not null && key is not null ? (certificate, key) : null, TrustPinning.Read(json["trust_pinning"], folder));

            string? FileOf(JsonNode? node, string name) => Text(node, name) is { Length: > 0 } file ? Path.Combine(folder, Home(file)) : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or UriFormatException)
        {
            throw new KeelsonException(ErrorKind.InvalidArgument, $"read {path}: not a configuration of notary", e);
        }
    }

    private static string? Text(JsonNode? node, string name) => node?[name]?.GetValue<string>();

    private static string Home(string path) => path.StartsWith("~/", StringComparison.Ordinal) ? Path.Combine(Environment.GetEnvironmentVariable("HOME") ?? "/", path[2..]) : path;
}
