using System.Text.Json;
using Keelson.Oci;

namespace Keelson.Engine.Containers;

/// <summary>Reads a seccomp profile in docker's form, whose rules say for which capabilities, architectures and kernels they hold; the form of runtime-spec is a part of it.</summary>
internal static class DockerSeccomp
{
    /// <summary>Longest profile, in characters.</summary>
    public const int Limit = 1 << 20;

    private const string Machine = "amd64";

    /// <summary>Makes the filter that a profile means on this machine.</summary>
    /// <param name="json">The profile.</param>
    /// <param name="capabilities">What the container may do.</param>
    /// <param name="kernel">The kernel's version.</param>
    /// <exception cref="KeelsonException">InvalidArgument: it is none.</exception>
    public static SeccompProfile Parse(string json, IReadOnlyCollection<string> capabilities, Version kernel)
    {
        if (json.Length > Limit) throw Wrong($"it is longer than {Limit} characters");
        try
        {
            using JsonDocument document = JsonDocument.Parse(json, new() { MaxDepth = 16 });
            return Read(document.RootElement, capabilities, kernel);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            throw new KeelsonException(ErrorKind.InvalidArgument, "Decoding seccomp profile failed: " + e.Message, e);
        }
    }

    private static SeccompProfile Read(JsonElement root, IReadOnlyCollection<string> capabilities, Version kernel)
    {
        SeccompProfile profile = new()
        {
            DefaultAction = Word<SeccompAction>(root.GetProperty("defaultAction")),
            DefaultErrnoRet = root.TryGetProperty("defaultErrnoRet", out JsonElement errno) ? errno.GetUInt32() : null,
            ListenerPath = root.TryGetProperty("listenerPath", out JsonElement path) ? path.GetString() : null,
            ListenerMetadata = root.TryGetProperty("listenerMetadata", out JsonElement metadata) ? metadata.GetString() : null,
        };
        if (root.TryGetProperty("flags", out JsonElement flags) && flags.ValueKind == JsonValueKind.Array)
            profile.Flags = flags.EnumerateArray().Aggregate(SeccompFlags.None, (all, one) => all | Word<SeccompFlags>(one));
        List<SeccompArchitecture> architectures = [];
        if (root.TryGetProperty("archMap", out JsonElement map) && map.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement entry in map.EnumerateArray())
            {
                SeccompArchitecture main = Word<SeccompArchitecture>(entry.GetProperty("architecture"));
                if (main != SeccompArchitecture.SCMP_ARCH_X86_64) continue;
                architectures.Add(main);
                if (entry.TryGetProperty("subArchitectures", out JsonElement others) && others.ValueKind == JsonValueKind.Array)
                    architectures.AddRange(others.EnumerateArray().Select(Word<SeccompArchitecture>));
            }
        }
        else if (root.TryGetProperty("architectures", out JsonElement list) && list.ValueKind == JsonValueKind.Array)
        {
            architectures.AddRange(list.EnumerateArray().Select(Word<SeccompArchitecture>));
        }
        profile.Architectures = [.. architectures];
        List<SeccompRule> rules = [];
        if (root.TryGetProperty("syscalls", out JsonElement calls) && calls.ValueKind == JsonValueKind.Array)
            foreach (JsonElement call in calls.EnumerateArray())
                if (Holds(call, "includes", capabilities, kernel, isExclusion: false) && Holds(call, "excludes", capabilities, kernel, isExclusion: true))
                    rules.Add(Rule(call));
        profile.Syscalls = [.. rules];
        return profile;
    }

    private static SeccompRule Rule(JsonElement call)
    {
        string[] names = call.TryGetProperty("names", out JsonElement list) && list.ValueKind == JsonValueKind.Array
            ? [.. list.EnumerateArray().Select(name => name.GetString()!)]
            : call.TryGetProperty("name", out JsonElement one) ? [one.GetString()!] : throw Wrong("a rule names no system call");
        SeccompRule rule = new() { Names = names, Action = Word<SeccompAction>(call.GetProperty("action")) };
        if (call.TryGetProperty("errnoRet", out JsonElement errno) && errno.ValueKind == JsonValueKind.Number) rule.ErrnoRet = errno.GetUInt32();
        if (call.TryGetProperty("args", out JsonElement arguments) && arguments.ValueKind == JsonValueKind.Array)
            rule.Args =
            [
                .. arguments.EnumerateArray().Select(argument => new SeccompArgument
                {
                    Index = argument.GetProperty("index").GetUInt32(),
                    Value = argument.GetProperty("value").GetUInt64(),
                    ValueTwo = argument.TryGetProperty("valueTwo", out JsonElement two) ? two.GetUInt64() : 0,
                    Op = Word<SeccompOperator>(argument.GetProperty("op")),
                }),
            ];
        return rule;
    }

    private static bool Holds(JsonElement call, string key, IReadOnlyCollection<string> capabilities, Version kernel, bool isExclusion)
    {
        if (!call.TryGetProperty(key, out JsonElement condition) || condition.ValueKind != JsonValueKind.Object) return true;
        if (condition.TryGetProperty("caps", out JsonElement caps) && caps.ValueKind == JsonValueKind.Array)
            foreach (JsonElement capability in caps.EnumerateArray())
                if (capabilities.Contains(capability.GetString()!) == isExclusion) return false;
        if (condition.TryGetProperty("arches", out JsonElement arches) && arches.ValueKind == JsonValueKind.Array && arches.GetArrayLength() > 0
            && arches.EnumerateArray().Any(arch => arch.GetString() == Machine) == isExclusion)
            return false;
        if (condition.TryGetProperty("minKernel", out JsonElement least) && least.GetString() is { Length: > 0 } text && Version.TryParse(text, out Version? version)
            && kernel >= version == isExclusion)
            return false;
        return true;
    }

    private static T Word<T>(JsonElement element) where T : struct, Enum =>
        element.GetString() is { } text && Enum.TryParse(text, out T value) && Enum.IsDefined(value) ? value : throw Wrong($"'{element}' is no {typeof(T).Name}");

    private static KeelsonException Wrong(string why) => new(ErrorKind.InvalidArgument, "Decoding seccomp profile failed: " + why);
}
