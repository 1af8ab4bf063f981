using System.Collections;
using Keelson.Daemon.Configuration;
using Keelson.Daemon.Registry;
using Keelson.Toml;

namespace Keelson.Daemon.Notary;

/// <summary>A configuration of notary-server or notary-signer, as they have it: JSON, overruled by variables of the environment.</summary>
internal sealed class NotaryFile
{
    private readonly string folder;

    private NotaryFile(ConfigSection root, string folder) => (Root, this.folder) = (root, folder);

    /// <summary>The outermost table.</summary>
    public ConfigSection Root { get; }

    /// <summary>Reads it.</summary>
    /// <param name="file">The file; <see langword="null"/>: the environment says all.</param>
    /// <param name="prefix">What names of variables begin with.</param>
    /// <param name="keys">Keys that variables may give.</param>
    /// <param name="variables">The environment.</param>
    /// <exception cref="KeelsonException">It cannot be read, or is not JSON.</exception>
    public static NotaryFile Load(string? file, string prefix, IReadOnlyList<string> keys, IDictionary variables)
    {
        TomlValue root = file is null ? TomlValue.NewTable(1) : JsonFile.Read(file);
        EnvironmentText.Apply(root, prefix, keys, variables);
        return new(new(file ?? "of the environment", "", root.Table!), file is null ? "" : Path.GetDirectoryName(Path.GetFullPath(file))!);
    }

    /// <summary>A path, which is relative to the file that says it.</summary>
    public string? Place(ConfigSection section, string key) => section.Text(key) is { Length: > 0 } path ? Path.Combine(folder, path) : null;

    /// <summary>Where a server listens by TLS.</summary>
    /// <returns><see langword="null"/>: without TLS.</returns>
    /// <exception cref="KeelsonException">InvalidArgument: one of the files is not said.</exception>
    public TlsConfig? Tls(ConfigSection server)
    {
        string? certificate = Place(server, "tls_cert_file"), key = Place(server, "tls_key_file"), authorities = Place(server, "client_ca_file");
        if (certificate is null && key is null && authorities is null) return null;
        if (certificate is null) throw server.Wrong("tls_cert_file", "is missing");
        return TlsConfig.Of(certificate, key ?? throw server.Wrong("tls_key_file", "is missing"), authorities);
    }

    /// <summary>Takes what is known of notary's programs and means nothing here: where they send reports of their own crashes.</summary>
    public void Pass(string table) => _ = Root.Section(table);
}
