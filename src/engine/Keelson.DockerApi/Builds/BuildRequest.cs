using System.Globalization;
using System.Text.Json.Serialization.Metadata;
using Keelson.Build;
using Keelson.Distribution;
using Keelson.DockerApi.Http;
using Keelson.DockerApi.Images;
using Keelson.Engine.Containers;
using Keelson.Oci;

namespace Keelson.DockerApi.Builds;

/// <summary>Parameters of <c>POST /build</c>.</summary>
internal static class BuildRequest
{
    /// <summary>Most names of one result, and most values of a parameter that may be repeated.</summary>
    private const int MostValues = 1000;

    /// <summary>Reads them.</summary>
    /// <exception cref="ApiException">400: one is malformed, or wants what the classic builder does not have.</exception>
    public static BuildOptions Parse(Call call)
    {
        QueryValues query = call.Query;
        if (query["version"] is not ("" or "1")) throw ApiException.BadRequest("this engine has the classic builder alone: set DOCKER_BUILDKIT=0");
        if (query.Flag("squash")) throw ApiException.BadRequest("squash is only supported with experimental mode");
        if (query["outputs"] is not ("" or "null" or "[]")) throw ApiException.BadRequest("outputs are not supported by the classic builder");
        Func<string, RegistryCredential?> credentials = RegistryAuth.OfAll(call);
        return new()
        {
            DockerfileName = query["dockerfile"],
            Tags = [.. Some(query, "t").Where(name => name.Length > 0).Select(name => Tag(Names.Parse(name, ""))).Distinct()],
            Arguments = Json(query, "buildargs", Docker.DockerJson.Default.DictionaryStringString)?.ToDictionary(pair => pair.Key, pair => (string?)pair.Value) ?? [],
            Labels = Json(query, "labels", Docker.DockerJson.Default.DictionaryStringString) ?? [],
            CacheSources = Json(query, "cachefrom", Docker.DockerJson.Default.StringArray) ?? [],
            SkipsCache = query.Flag("nocache"),
            Pulls = query.Flag("pull"),
            Removes = query.Flag("rm", standard: true),
            RemovesAlways = query.Flag("forcerm"),
            Target = query["target"],
            Platform = query["platform"] is { Length: > 0 } platform ? PlatformOf(platform) : null,
            Credentials = credentials,
            Host = new()
            {
                NetworkMode = query["networkmode"],
                ExtraHosts = Some(query, "extrahosts"),
                SecurityOpt = Some(query, "securityopt"),
                ShmSizeBytes = Number(query, "shmsize"),
                MemoryBytes = Number(query, "memory"),
                MemorySwapBytes = Number(query, "memswap"),
                CpuShares = Number(query, "cpushares"),
                CpuPeriodMicroseconds = Number(query, "cpuperiod"),
                CpuQuotaMicroseconds = Number(query, "cpuquota"),
                CpusetCpus = query["cpusetcpus"],
                CpusetMems = query["cpusetmems"],
                CgroupParent = query["cgroupparent"],
                Ulimits = Json(query, "ulimits", Docker.DockerJson.Default.UlimitArray)?.Select(limit => new Ulimit(limit.Name, limit.Soft, limit.Hard)).ToArray(),
            },
        };
    }

    private static ImageReference Tag(ImageReference name) => name.Digest.IsEmpty ? name : throw ApiException.BadRequest("build tag cannot contain a digest");

    private static IReadOnlyList<string> Some(QueryValues query, string name) =>
        query.All(name) is var values && values.Count <= MostValues ? values : throw ApiException.BadRequest($"parameter {name}: there are more than {MostValues}");

    private static T? Json<T>(QueryValues query, string name, JsonTypeInfo<T> type) where T : class
    {
        string text = query[name];
        if (text is "" or "null") return null;
        try
        {
            return Call.Parse(System.Text.Encoding.UTF8.GetBytes(text), type);
        }
        catch (ApiException e)
        {
            throw ApiException.BadRequest($"error reading {name}: {e.Message}");
        }
    }

    private static long Number(QueryValues query, string name) => query[name] is not { Length: > 0 } text ? 0
        : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) ? value : throw ApiException.BadRequest($"parameter {name}: '{text}' is no integer");

    private static Platform PlatformOf(string text)
    {
        string[] parts = text.Split('/');
        return parts.Length is 1 or 2 or 3 && parts.All(part => part.Length is > 0 and < 64)
            ? new Platform { Os = parts.Length == 1 && parts[0] != "linux" ? "linux" : parts[0], Architecture = parts.Length == 1 ? parts[0] == "linux" ? Platform.Current.Architecture : parts[0] : parts[1], Variant = parts.ElementAtOrDefault(2) }.Normalize()
            : throw ApiException.BadRequest($"platform '{text}': is not os/architecture or os/architecture/variant");
    }
}
