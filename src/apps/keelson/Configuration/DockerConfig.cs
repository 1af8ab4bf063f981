using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Keelson.Docker;
using Keelson.Linux.Sys;

namespace Keelson.Cli.Configuration;

/// <summary>Docker's <c>config.json</c>: the credentials in it, or the helper that keeps them. All else in it stays as it is.</summary>
internal sealed class DockerConfig
{
    private const uint OwnerAlone = 0b110_000_000;
    private readonly JsonObject root;

    private DockerConfig(string path, JsonObject root)
    {
        Path = path;
        this.root = root;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Reads the file; one that is not there is empty.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: it is no object of JSON.</exception>
    public static DockerConfig Load()
    {
        string directory = Environment.GetEnvironmentVariable("DOCKER_CONFIG") is { Length: > 0 } asked ? asked : System.IO.Path.Combine(Environment.GetEnvironmentVariable("HOME") ?? "/", ".docker");
        string path = System.IO.Path.Combine(directory, "config.json");
        try
        {
            return new(path, File.Exists(path) ? JsonNode.Parse(File.ReadAllText(path)) as JsonObject ?? throw new JsonException() : []);
        }
        catch (JsonException)
        {
            throw new KeelsonException(ErrorKind.InvalidArgument, $"read {path}: it is no object of JSON");
        }
    }

    /// <summary>Keeps credentials.</summary>
    /// <returns>Whether they lie in the file, unencrypted.</returns>
    public bool Store(string server, AuthConfig auth)
    {
        if (Helper(server) is { } helper)
        {
            JsonObject request = new() { ["ServerURL"] = server, ["Username"] = auth.IdentityToken is null ? auth.Username : "<token>", ["Secret"] = auth.IdentityToken ?? auth.Password };
            RunHelper(helper, "store", request.ToJsonString());
            return false;
        }
        JsonObject entry = new() { ["auth"] = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{auth.Username}:{auth.Password}")) };
        if (auth.IdentityToken is { } token) entry["identitytoken"] = token;
        if (root["auths"] is not JsonObject auths) root["auths"] = auths = [];
        auths[server] = entry;
        Save();
        return true;
    }

    /// <summary>Forgets credentials.</summary>
    /// <returns>Whether there were any.</returns>
    public bool Remove(string server)
    {
        if (Helper(server) is { } helper) RunHelper(helper, "erase", server);
        if (root["auths"] is not JsonObject auths || !auths.Remove(server)) return Helper(server) is not null;
        Save();
        return true;
    }

    private string? Helper(string server) =>
        (root["credHelpers"] as JsonObject)?[server] is JsonValue own && own.TryGetValue(out string? name) ? name : root["credsStore"] is JsonValue store && store.TryGetValue(out string? all) && all.Length > 0 ? all : null;

    private void Save()
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!);
        string part = $"{Path}.{Processes.CurrentId}";
        using (MemoryStream text = new())
        {
            using (Utf8JsonWriter writer = new(text, new JsonWriterOptions { Indented = true, IndentCharacter = '\t', IndentSize = 1 })) root.WriteTo(writer);
            Files.WriteFile(part, text.ToArray(), OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_EXCL, OwnerAlone);
        }
        File.Move(part, Path, overwrite: true);
    }

    /// <summary>What a helper says may hold the secret, so it is not repeated.</summary>
    private static void RunHelper(string name, string verb, string input)
    {
        if (!name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')) throw new KeelsonException(ErrorKind.InvalidArgument, "run a credential helper: its name is not of letters, digits and dashes");
        string program = "docker-credential-" + name;
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, [verb]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
            process.StandardInput.Write(input);
            process.StandardInput.Close();
            process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            if (process.ExitCode != 0) throw new KeelsonException(ErrorKind.Unavailable, $"run {program} {verb}: it ended with {process.ExitCode}");
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new KeelsonException(ErrorKind.Unavailable, $"run {program}: it cannot be started", e);
        }
    }
}
