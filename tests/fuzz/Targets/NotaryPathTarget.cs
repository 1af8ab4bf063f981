using System.Globalization;
using System.Text;
using Keelson.Notary.Server;

namespace Keelson.Fuzz.Targets;

/// <summary>Paths of the notary server. What a path was taken apart into makes it again, and a role that passes leads nowhere else.</summary>
internal sealed class NotaryPathTarget : IFuzzTarget
{
    public string Name => "notary-path";

    public void Run(ReadOnlySpan<byte> input)
    {
        string text = Encoding.UTF8.GetString(input);
        TrustPath path = TrustPath.Read(text);
        string files = $"/v2/{path.Gun}/_trust/tuf/";
        string? again = path.Kind switch
        {
            TrustPathKind.Upload => files,
            TrustPathKind.Current => $"{files}{path.Role}.json",
            TrustPathKind.Key => $"{files}{path.Role}.key",
            TrustPathKind.CollectionFeed => $"/v2/{path.Gun}/_trust/changefeed",
            _ => null,
        };
        if (again is not null && again != text) throw new InvalidOperationException($"'{text}' became '{again}'");
        if (path.Kind == TrustPathKind.ByHash && !text.Equals($"{files}{path.Role}.{path.Hash}.json", StringComparison.OrdinalIgnoreCase)) throw new InvalidOperationException($"'{text}' has another hash");
        if (path.Kind == TrustPathKind.ByVersion && !text.EndsWith(string.Create(CultureInfo.InvariantCulture, $"{path.Version}.{path.Role}.json"), StringComparison.Ordinal)) throw new InvalidOperationException($"'{text}' has another version");
        if (path.Role.Length > 0 && (path.Role.Contains("..", StringComparison.Ordinal) || path.Role.Contains("//", StringComparison.Ordinal) || path.Role.Any(char.IsWhiteSpace))) throw new InvalidOperationException($"'{path.Role}' passes for a role");
        if (TrustPath.Refuse(path.Gun, []) is null && path.Gun.Split('/').Any(word => word is "" or "." or "..")) throw new InvalidOperationException($"'{path.Gun}' passes for a collection");
    }
}
