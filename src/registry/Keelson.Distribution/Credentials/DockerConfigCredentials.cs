using System.Text;
using System.Text.Json;

namespace Keelson.Distribution;

/// <summary>Credentials from docker's <c>config.json</c> and the containers tools' <c>auth.json</c>, credential helpers included.</summary>
/// <remarks>
/// For each file in turn: the helper of the host in <c>credHelpers</c>, then <c>credsStore</c>, then <c>auths</c>. Keys are hosts, URLs or, in
/// auth.json, hosts with the beginning of a path, which is not looked at.
/// </remarks>
public sealed class DockerConfigCredentials : ICredentialSource
{
    private const int MaxFileBytes = 4 << 20;
    private const string DockerHubKey = "https://index.docker.io/v1/";
    private readonly IReadOnlyList<string> files;
    private readonly CredentialHelper helper;

    /// <summary>Reads these files; one that does not exist is passed over.</summary>
    /// <param name="files">Paths, the first to be asked first; <see cref="DefaultFiles"/> when left out.</param>
    /// <param name="helper">How helpers are run.</param>
    public DockerConfigCredentials(IReadOnlyList<string>? files = null, CredentialHelper? helper = null)
    {
        this.files = files ?? DefaultFiles();
        this.helper = helper ?? new CredentialHelper();
    }

    /// <summary>The files that docker, podman and skopeo read for this user, as the environment has them.</summary>
    public static IReadOnlyList<string> DefaultFiles()
    {
        string home = Environment.GetEnvironmentVariable("HOME") ?? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        string Variable(string name, string otherwise) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : otherwise;
        return
        [
            Path.Combine(Variable("DOCKER_CONFIG", Path.Combine(home, ".docker")), "config.json"),
            Variable("REGISTRY_AUTH_FILE", Path.Combine(Variable("XDG_RUNTIME_DIR", "/run/containers/" + Environment.UserName), "containers/auth.json")),
            Path.Combine(Variable("XDG_CONFIG_HOME", Path.Combine(home, ".config")), "containers/auth.json"),
        ];
    }

    /// <inheritdoc/>
    /// <exception cref="KeelsonException">InvalidArgument: a file has another form. Unavailable: a helper failed.</exception>
    public async ValueTask<RegistryCredential?> FindAsync(string host, CancellationToken cancellation)
    {
        foreach (string file in files)
        {
            if (!File.Exists(file)) continue;
            if (new FileInfo(file).Length > MaxFileBytes) throw new KeelsonException(ErrorKind.InvalidArgument, $"read {file}: is larger than {MaxFileBytes} bytes");
            byte[] text = await File.ReadAllBytesAsync(file, cancellation).ConfigureAwait(false);
            if (await FindInAsync(file, text, host, cancellation).ConfigureAwait(false) is { } credential) return credential;
        }
        return null;
    }

    private async ValueTask<RegistryCredential?> FindInAsync(string file, byte[] text, string host, CancellationToken cancellation)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            JsonElement root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object) throw new KeelsonException(ErrorKind.InvalidArgument, $"read {file}: is not an object");
            string key = host == "docker.io" ? DockerHubKey : host;
            string? program = Member(root, "credHelpers", host) is { ValueKind: JsonValueKind.String } own ? own.GetString()
                : root.TryGetProperty("credsStore", out JsonElement store) && store.ValueKind == JsonValueKind.String ? store.GetString() : null;
            if (program is { Length: > 0 } && await helper.GetAsync(program, key, cancellation).ConfigureAwait(false) is { } helped) return helped;
            return Member(root, "auths", host) is { ValueKind: JsonValueKind.Object } entry ? Read(entry, file) : null;
        }
        catch (JsonException e)
        {
            throw new KeelsonException(ErrorKind.InvalidArgument, $"read {file}: is not valid JSON", e);
        }
    }

    /// <summary>The entry of a host among the properties of one object, whatever the spelling of its key.</summary>
    private static JsonElement? Member(JsonElement root, string name, string host)
    {
        if (!root.TryGetProperty(name, out JsonElement entries) || entries.ValueKind != JsonValueKind.Object) return null;
        foreach (JsonProperty entry in entries.EnumerateObject())
            if (entry.NameEquals(host)) return entry.Value;
        foreach (JsonProperty entry in entries.EnumerateObject())
            if (HostOf(entry.Name) == host) return entry.Value;
        return null;
    }

    private static string HostOf(string key)
    {
        string rest = key.StartsWith("https://", StringComparison.Ordinal) ? key[8..] : key.StartsWith("http://", StringComparison.Ordinal) ? key[7..] : key;
        int slash = rest.IndexOf('/', StringComparison.Ordinal);
        // A path that is not an API version is a repository, whose credential is not for the whole host.
        if (slash >= 0 && rest[slash..].TrimEnd('/') is not ("" or "/v1" or "/v2")) return "";
        string host = slash < 0 ? rest : rest[..slash];
        return host is "index.docker.io" or "registry-1.docker.io" ? "docker.io" : host;
    }

    private static RegistryCredential? Read(JsonElement entry, string file)
    {
        string? Text(string name) => entry.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : null;
        (string? user, string? password) = (Text("username"), Text("password"));
        if (Text("auth") is { } auth)
        {
            byte[] bytes = new byte[auth.Length];
            string pair = Convert.TryFromBase64String(auth, bytes, out int length) ? Encoding.UTF8.GetString(bytes, 0, length).TrimEnd('\0') : "";
            int colon = pair.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0) throw new KeelsonException(ErrorKind.InvalidArgument, $"read {file}: an auth entry is not user:password in base64");
            (user, password) = (pair[..colon], pair[(colon + 1)..]);
        }
        (string? identity, string? registry) = (Text("identitytoken"), Text("registrytoken"));
        if (user is null && identity is null && registry is null) return null;
        return new RegistryCredential { Username = user ?? "", Password = password ?? "", IdentityToken = identity, RegistryToken = registry };
    }
}
