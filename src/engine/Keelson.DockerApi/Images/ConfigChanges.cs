using System.Text.Json;
using Keelson.DockerApi.Http;
using Keelson.Oci;

namespace Keelson.DockerApi.Images;

/// <summary>Changes of an image's configuration, written as lines of a Dockerfile: what <c>docker import --change</c> and <c>docker commit --change</c> take.</summary>
internal static class ConfigChanges
{
    /// <summary>Most changes in one request.</summary>
    private const int Limit = 1000;

    /// <summary>Applies the changes in their order.</summary>
    /// <exception cref="ApiException">400: a line is none of CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME, WORKDIR, or is malformed.</exception>
    public static ContainerConfig Apply(ContainerConfig config, IReadOnlyList<string> lines)
    {
        if (lines.Count > Limit) throw ApiException.BadRequest($"there are more than {Limit} changes");
        foreach (string line in lines)
        {
            string[] parts = line.Trim().Split((char[])[' ', '\t'], 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            if (parts.Length < 2) throw ApiException.BadRequest($"change '{line}': is no instruction with its arguments");
            string rest = parts[1];
            config = parts[0].ToUpperInvariant() switch
            {
                "CMD" => config with { Cmd = Words(rest) },
                "ENTRYPOINT" => config with { Entrypoint = Words(rest) },
                "ENV" => config with { Env = [.. Pairs(rest).Aggregate((IEnumerable<string>)(config.Env ?? []), (all, pair) => all.Where(old => !old.StartsWith(pair.Key + "=", StringComparison.Ordinal)).Append($"{pair.Key}={pair.Value}"))] },
                "LABEL" => config with { Labels = Merge(config.Labels, Pairs(rest)) },
                "EXPOSE" => config with { ExposedPorts = Set(config.ExposedPorts, Split(rest).Select(port => port.Contains('/', StringComparison.Ordinal) ? port : port + "/tcp")) },
                "VOLUME" => config with { Volumes = Set(config.Volumes, List(rest) ?? Split(rest)) },
                "USER" => config with { User = rest },
                "WORKDIR" => config with { WorkingDirectory = rest.StartsWith('/') ? rest : (config.WorkingDirectory ?? "/").TrimEnd('/') + "/" + rest },
                "STOPSIGNAL" => config with { StopSignal = rest },
                "ONBUILD" => config with { OnBuild = [.. config.OnBuild ?? [], rest] },
                _ => throw ApiException.BadRequest($"{parts[0].ToLowerInvariant()} is not a valid change command"),
            };
        }
        return config;
    }

    /// <summary>A JSON list, or a line for the shell.</summary>
    private static IReadOnlyList<string> Words(string text) => List(text) ?? ["/bin/sh", "-c", text];

    private static IReadOnlyList<string>? List(string text)
    {
        if (!text.StartsWith('[')) return null;
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            return [.. document.RootElement.EnumerateArray().Select(word => word.GetString() ?? "")];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static IReadOnlyList<string> Split(string text)
    {
        List<string> words = [];
        string word = "";
        char quote = '\0';
        bool isWord = false;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c == '\\' && quote != '\'' && i + 1 < text.Length) (word, isWord) = (word + text[++i], true);
            else if (quote != '\0') (word, quote) = c == quote ? (word, '\0') : (word + c, quote);
            else if (c is '"' or '\'') (quote, isWord) = (c, true);
            else if (!char.IsWhiteSpace(c)) (word, isWord) = (word + c, true);
            else if (isWord)
            {
                words.Add(word);
                (word, isWord) = ("", false);
            }
        }
        if (isWord) words.Add(word);
        return words;
    }

    /// <summary><c>a=b c=d</c>, or one pair as <c>a b</c>.</summary>
    private static IReadOnlyList<KeyValuePair<string, string>> Pairs(string text)
    {
        IReadOnlyList<string> words = Split(text);
        if (words.Count > 0 && !words[0].Contains('=', StringComparison.Ordinal))
            return words.Count > 1 ? [new(words[0], text[(text.IndexOf(words[0], StringComparison.Ordinal) + words[0].Length)..].Trim())] : throw ApiException.BadRequest($"'{text}' must have two arguments");
        return [.. words.Select(word => word.IndexOf('=', StringComparison.Ordinal) is > 0 and int equals ? new KeyValuePair<string, string>(word[..equals], word[(equals + 1)..])
            : throw ApiException.BadRequest($"'{word}' is no name=value"))];
    }

    private static Dictionary<string, string> Merge(IReadOnlyDictionary<string, string>? old, IEnumerable<KeyValuePair<string, string>> pairs)
    {
        Dictionary<string, string> merged = new(old ?? new Dictionary<string, string>());
        foreach ((string key, string value) in pairs) merged[key] = value;
        return merged;
    }

    private static Dictionary<string, EmptyObject> Set(IReadOnlyDictionary<string, EmptyObject>? old, IEnumerable<string> more)
    {
        Dictionary<string, EmptyObject> set = new(old ?? new Dictionary<string, EmptyObject>());
        foreach (string name in more) set[name] = new();
        return set;
    }
}
