using System.Text;
using BenchmarkDotNet.Attributes;
using Keelson.Bench.Runtime;
using Keelson.Oci;
using Keelson.Seccomp;

namespace Keelson.Bench.Micro;

/// <summary>Compiling docker's seccomp profile, which happens when its hash is not in the cache.</summary>
[MemoryDiagnoser]
public class SeccompBenchmarks
{
    private SeccompProfile profile = null!;

    [GlobalSetup]
    public void Build() =>
        profile = SeccompProfileParser.Parse(Encoding.UTF8.GetBytes(
            EngineProfile.ForRuntime(EngineProfile.PackagedPath, DockerConfiguration.DefaultCapabilities).ToJsonString()));

    [Benchmark]
    public int Compile() => SeccompCompiler.Compile(profile, SeccompArchitecture.SCMP_ARCH_X86_64).Count;
}
