using Keelson.Oci;

namespace Keelson.Runtime.Tests;

public class FeaturesTests
{
    private static readonly FeaturesDocument Features = RuntimeFeatures.Describe("1.2.3", "abc");

    [Fact]
    public void Version_and_commit_are_annotations()
    {
        Assert.Equal("1.2.3", Features.Annotations!["io.keelson.runtime.version"]);
        Assert.Equal("abc", Features.Annotations["io.keelson.runtime.commit"]);
        Assert.Equal("true", Features.Annotations["org.opencontainers.runc.checkpoint.enabled"]);
    }

    [Fact]
    public void Lists_of_names_are_sorted_as_those_of_runc()
    {
        LinuxFeatures linux = Features.Linux!;
        foreach (string[]? list in (string[]?[])[Features.MountOptions, linux.Namespaces, linux.Seccomp!.Actions, linux.Seccomp.Operators, linux.Seccomp.Archs, linux.Seccomp.KnownFlags])
            Assert.Equal(list!.Order(StringComparer.Ordinal), list!);
    }

    [Fact]
    public void The_kinds_of_namespaces_are_eight() => Assert.Equal(["cgroup", "ipc", "mount", "network", "pid", "time", "user", "uts"], Features.Linux!.Namespaces!);
}
