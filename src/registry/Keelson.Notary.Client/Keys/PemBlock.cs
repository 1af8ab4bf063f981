using System.Text;

namespace Keelson.Notary.Client;

/// <summary>One object of PEM with its headers, which RFC 7468 dropped and key files of notary have.</summary>
/// <remarks>
/// <code>
///   -----BEGIN ENCRYPTED PRIVATE KEY-----
///   gun: docker.io/library/busybox
///   role: targets
///
///   MIHuMEkGCSqGSIb3DQEFDTA8...
///   -----END ENCRYPTED PRIVATE KEY-----
/// </code>
/// </remarks>
/// <param name="Label">What it is.</param>
/// <param name="Headers">Names and values.</param>
/// <param name="Content">The bytes.</param>
internal sealed record PemBlock(string Label, IReadOnlyDictionary<string, string> Headers, byte[] Content)
{
    private const string Begin = "-----BEGIN ", End = "-----END ", Dashes = "-----";
    private const int LineLength = 64;

    /// <summary>A header, empty when it is not there.</summary>
    public string Header(string name) => Headers.GetValueOrDefault(name, "");

    /// <summary>All objects of a text; what stands between them does not count.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: an object does not end, or is not base64.</exception>
    public static List<PemBlock> ReadAll(string text)
    {
        List<PemBlock> blocks = [];
        string[] lines = text.Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            string line = lines[i].Trim();
            if (!line.StartsWith(Begin, StringComparison.Ordinal) || !line.EndsWith(Dashes, StringComparison.Ordinal)) continue;
            string label = line[Begin.Length..^Dashes.Length];
            Dictionary<string, string> headers = new(StringComparer.Ordinal);
            StringBuilder body = new();
            for (i++; i < lines.Length && !lines[i].StartsWith(End, StringComparison.Ordinal); i++)
            {
                int colon = lines[i].IndexOf(':', StringComparison.Ordinal);
                if (colon > 0) headers[lines[i][..colon].Trim()] = lines[i][(colon + 1)..].Trim();
                else body.Append(lines[i].Trim());
            }
            if (i == lines.Length || lines[i].Trim() != End + label + Dashes) throw Bad("it does not end");
            try
            {
                blocks.Add(new(label, headers, Convert.FromBase64String(body.ToString())));
            }
            catch (FormatException e)
            {
                throw new KeelsonException(ErrorKind.InvalidArgument, "read PEM: not base64", e);
            }
        }
        return blocks;
    }

    /// <summary>The text, headers by their names.</summary>
    public override string ToString()
    {
        StringBuilder text = new();
        text.Append(Begin).Append(Label).Append(Dashes).Append('\n');
        // Go wants this one first.
        foreach ((string name, string value) in Headers.OrderBy(pair => pair.Key != "Proc-Type").ThenBy(pair => pair.Key, StringComparer.Ordinal)) text.Append(name).Append(": ").Append(value).Append('\n');
        if (Headers.Count > 0) text.Append('\n');
        string body = Convert.ToBase64String(Content);
        for (int at = 0; at < body.Length; at += LineLength) text.Append(body.AsSpan(at, Math.Min(LineLength, body.Length - at))).Append('\n');
        return text.Append(End).Append(Label).Append(Dashes).Append('\n').ToString();
    }

    private static KeelsonException Bad(string cause) => new(ErrorKind.InvalidArgument, "read PEM: " + cause);
}
