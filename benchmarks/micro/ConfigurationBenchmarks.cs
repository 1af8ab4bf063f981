using System.Text;
using System.Text.Json.Nodes;
using BenchmarkDotNet.Attributes;
using Keelson.Bench.Runtime;
using Keelson.Oci;

namespace Keelson.Bench.Micro;

/// <summary>Reading config.json: every start does it once, in a program that was never warm.</summary>
[MemoryDiagnoser]
public class ConfigurationBenchmarks
{
    private byte[] bare = [], docker = [];

    [GlobalSetup]
    public void Build()
    {
        bare = Encoding.UTF8.GetBytes(DockerConfiguration.Build("/host", null).ToJsonString());
        docker = Encoding.UTF8.GetBytes(DockerConfiguration.Build("/host", EngineProfile.ForRuntime(EngineProfile.PackagedPath, DockerConfiguration.DefaultCapabilities)).ToJsonString());
    }

    /// <summary>A general parser of the framework for comparison; it leaves most values unread.</summary>
    [Benchmark(Baseline = true)]
    public JsonNode? JsonNodes() => JsonNode.Parse(docker);

    [Benchmark]
    public object WithoutSeccomp() => RuntimeSpecParser.Parse(bare);

    [Benchmark]
    public object WithSeccomp() => RuntimeSpecParser.Parse(docker);
}
