using System.Text.Json.Nodes;

namespace Keelson.Attacks;

/// <summary>The seccomp profile that docker, containerd and podman share, as they hand it to a runtime: for amd64 and no capability.</summary>
internal static class PackagedProfile
{
    private const string Path = "/usr/share/containers/seccomp.json";

    /// <summary><c>linux.seccomp</c> as Debian's package has it. It allows all sockets.</summary>
    public static JsonObject Load()
    {
        JsonNode source = JsonNode.Parse(File.ReadAllText(Path))!;
        JsonArray rules = [];
        foreach (JsonNode? rule in source["syscalls"]!.AsArray())
            if (Applies(rule!))
                rules.Add(Rule(rule!));
        return new JsonObject
        {
            ["defaultAction"] = (string)source["defaultAction"]!,
            ["architectures"] = new JsonArray("SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"),
            ["syscalls"] = rules,
        };
    }

    /// <summary>The same with AF_ALG (38) and AF_VSOCK (40) denied, by the three rules of docker 29.4, and with socketcall denied, whose arguments no filter sees.</summary>
    public static JsonObject LoadWithoutAlg()
    {
        JsonObject profile = Load();
        JsonArray rules = profile["syscalls"]!.AsArray();
        foreach (JsonNode? rule in rules)
        {
            JsonArray names = rule!["names"]!.AsArray();
            names.RemoveAll(n => (string?)n is "socket" or "socketcall");
        }
        rules.RemoveAll(r => r!["names"]!.AsArray().Count == 0);
        foreach ((string op, int family) in (ReadOnlySpan<(string, int)>)[("SCMP_CMP_LT", 38), ("SCMP_CMP_EQ", 39), ("SCMP_CMP_GT", 40)])
            rules.Add(JsonNode.Parse($$"""{"names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": {{family}}, "op": "{{op}}"}]}"""));
        return profile;
    }

    private static bool Applies(JsonNode rule) =>
        Words(rule["includes"]?["caps"]).Length == 0
        && (Words(rule["includes"]?["arches"]) is not [_, ..] arches || arches.Contains("amd64"))
        && !Words(rule["excludes"]?["arches"]).Contains("amd64");

    private static string[] Words(JsonNode? list) => list is JsonArray array ? [.. array.Select(w => (string)w!)] : [];

    private static JsonObject Rule(JsonNode source)
    {
        JsonObject rule = new() { ["names"] = source["names"]!.DeepClone(), ["action"] = (string)source["action"]! };
        if (source["errnoRet"] is { } errno) rule["errnoRet"] = (uint)errno;
        if (source["args"] is JsonArray { Count: > 0 } arguments) rule["args"] = arguments.DeepClone();
        return rule;
    }
}
