using System.Text.Json.Nodes;

namespace Keelson.Bench.Runtime;

/// <summary>Turns a profile as engines keep it, with rules for capabilities and architectures, into what a runtime gets.</summary>
internal static class EngineProfile
{
    /// <summary>Where Debian's golang-github-containers-common puts the engines' default profile.</summary>
    public const string PackagedPath = "/usr/share/containers/seccomp.json";

    /// <summary>The <c>linux.seccomp</c> object for a process with these capabilities on amd64.</summary>
    public static JsonObject ForRuntime(string path, IReadOnlyCollection<string> capabilities)
    {
        JsonNode profile = JsonNode.Parse(File.ReadAllText(path))!;
        JsonArray rules = [];
        foreach (JsonNode? rule in profile["syscalls"]!.AsArray())
        {
            List<string> arches = Texts(rule!["includes"]?["arches"]);
            bool applies = Texts(rule["includes"]?["caps"]).All(capabilities.Contains) && !Texts(rule["excludes"]?["caps"]).Any(capabilities.Contains)
                && (arches.Count == 0 || arches.Contains("amd64")) && !Texts(rule["excludes"]?["arches"]).Contains("amd64");
            if (!applies) continue;
            JsonObject kept = new() { ["names"] = rule["names"]!.DeepClone(), ["action"] = rule["action"]!.DeepClone() };
            if (rule["args"] is JsonArray { Count: > 0 } arguments) kept["args"] = arguments.DeepClone();
            if (rule["errnoRet"] is { } errno) kept["errnoRet"] = errno.DeepClone();
            rules.Add(kept);
        }
        JsonNode architecture = profile["archMap"]!.AsArray().First(entry => (string?)entry!["architecture"] == "SCMP_ARCH_X86_64")!;
        JsonObject result = new()
        {
            ["defaultAction"] = profile["defaultAction"]!.DeepClone(),
            ["architectures"] = new JsonArray([architecture["architecture"]!.DeepClone(), .. architecture["subArchitectures"]!.AsArray().Select(name => name!.DeepClone())]),
            ["syscalls"] = rules,
        };
        if (profile["defaultErrnoRet"] is { } defaultErrno) result["defaultErrnoRet"] = defaultErrno.DeepClone();
        return result;
    }

    private static List<string> Texts(JsonNode? node) => node is JsonArray array ? [.. array.Select(item => (string)item!)] : [];
}
