using System.Text.Json.Nodes;

namespace Keelson.Notary.Client;

/// <summary>One staged change, as notary writes it into a changelist.</summary>
/// <param name="Action"><c>create</c>, <c>update</c> or <c>delete</c>.</param>
/// <param name="Role">The role that changes; <c>targets/*</c> for all delegations.</param>
/// <param name="Type"><c>target</c>, <c>delegation</c>, <c>witness</c> or <c>role</c>.</param>
/// <param name="Path">The target; empty for other types.</param>
/// <param name="Data">What the change says, as JSON; empty when the action says all.</param>
public sealed record TrustChange(string Action, string Role, string Type, string Path, ReadOnlyMemory<byte> Data)
{
    /// <summary>A change in words, for people.</summary>
    public override string ToString() => Type switch
    {
        "target" => $"{(Action == "delete" ? "remove" : "add")} {Path} {(Action == "delete" ? "from" : "to")} {Role}",
        "witness" => $"witness {Role}",
        "role" => $"set keys of {Content()?["role"]}",
        _ => Action == "delete" ? $"remove delegation {Role}" : $"change delegation {Role}",
    };

    internal JsonObject? Content() => Data.IsEmpty ? null : TrustJson.Object(Data, "change");

    internal byte[] Write() => TrustJson.Write(new JsonObject
    {
        ["action"] = Action,
        ["role"] = Role,
        ["type"] = Type,
        ["path"] = Path,
        ["data"] = Data.IsEmpty ? null : Convert.ToBase64String(Data.Span),
    });

    internal static TrustChange Read(ReadOnlyMemory<byte> file)
    {
        JsonObject json = TrustJson.Object(file, "change");
        string data = json["data"]?.GetValue<string>() ?? "";
        return new(Text("action"), Text("role"), Text("type"), json["path"]?.GetValue<string>() ?? "", Convert.FromBase64String(data));

        string Text(string name) => json[name]?.GetValue<string>() ?? throw new KeelsonException(ErrorKind.DataLoss, $"read change: {name} is missing");
    }
}
