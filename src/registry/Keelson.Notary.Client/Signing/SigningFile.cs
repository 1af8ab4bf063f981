using System.Text.Json.Nodes;

namespace Keelson.Notary.Client;

/// <summary>The next metadata of one or more roles with the signatures so far: what several people pass around until enough have signed.</summary>
/// <remarks><c>{"gun":…,"roles":{"targets":{"signed":…,"signatures":[…]}}}</c>. Nothing in it is secret, and nothing in it is trusted before it is published.</remarks>
public sealed class SigningFile
{
    /// <summary>The largest file: 100 MiB, as metadata.</summary>
    public const int MaximumBytes = 100 << 20;

    internal SigningFile(string gun, IReadOnlyDictionary<string, ReadOnlyMemory<byte>> roles) => (Gun, Roles) = (gun, roles);

    /// <summary>The collection.</summary>
    public string Gun { get; }

    /// <summary>The metadata by role.</summary>
    public IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Roles { get; }

    /// <summary>Reads a file.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: it is of another form.</exception>
    public static SigningFile Read(ReadOnlyMemory<byte> content)
    {
        JsonObject json = TrustJson.Object(content, "signing file");
        if (json["gun"] is not JsonValue gun || gun.GetValueKind() != System.Text.Json.JsonValueKind.String || json["roles"] is not JsonObject { Count: > 0 } roles)
            throw new KeelsonException(ErrorKind.InvalidArgument, "read signing file: it has no gun and no roles");
        Dictionary<string, ReadOnlyMemory<byte>> files = new(StringComparer.Ordinal);
        foreach ((string role, JsonNode? file) in roles)
        {
            ReadOnlyMemory<byte> bytes = file is JsonObject ? TrustJson.Write(file) : throw new KeelsonException(ErrorKind.InvalidArgument, $"read signing file: {role} is not metadata");
            _ = TufEnvelope.Parse(bytes, new NotaryDialect());
            files[role] = bytes;
        }
        return new(GunName.Check(gun.GetValue<string>()), files);
    }

    /// <summary>The file's content.</summary>
    public byte[] Write()
    {
        JsonObject roles = [];
        foreach ((string role, ReadOnlyMemory<byte> file) in Roles) roles[role] = TrustJson.Object(file, role);
        return TrustJson.Write(new JsonObject { ["gun"] = Gun, ["roles"] = roles });
    }

    /// <summary>Puts the signatures of several people together.</summary>
    /// <param name="files">Copies of one file.</param>
    /// <exception cref="KeelsonException">They are of different collections or versions.</exception>
    public static SigningFile Merge(params IReadOnlyList<SigningFile> files)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentOutOfRangeException.ThrowIfZero(files.Count);
        SigningFile first = files[0];
        if (files.Any(file => file.Gun != first.Gun || !file.Roles.Keys.Order(StringComparer.Ordinal).SequenceEqual(first.Roles.Keys.Order(StringComparer.Ordinal))))
            throw new KeelsonException(ErrorKind.InvalidArgument, "merge signing files: they are of different collections or roles");
        NotaryDialect dialect = new();
        return new(first.Gun, first.Roles.Keys.ToDictionary(role => role, role => (ReadOnlyMemory<byte>)TufSigning.Merge(dialect, [.. files.Select(file => file.Roles[role])])));
    }
}
