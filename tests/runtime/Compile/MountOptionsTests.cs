using Keelson.Runtime.Compile;

namespace Keelson.Runtime.Tests.Compile;

public class MountOptionsTests
{
    /// <summary>What the kernel reads itself for every file system.</summary>
    private static readonly string[] OfTheKernel = ["async", "dirsync", "lazytime", "mand", "nolazytime", "nomand", "sync"];

    [Fact]
    public void Every_listed_option_is_read_here_or_by_the_kernel() =>
        Assert.Equal(OfTheKernel, MountOptions.Parse(MountOptions.Names(), "tmpfs").Data!);

    [Fact]
    public void The_list_is_sorted_and_has_no_doubles() => Assert.Equal(MountOptions.Names().Distinct().Order(StringComparer.Ordinal), MountOptions.Names());

    [Fact]
    public void Every_attribute_has_a_recursive_form()
    {
        string[] plain = [.. MountOptions.Names().Where(n => MountOptions.Parse([n], "tmpfs").HasAttributes)];
        Assert.True(plain.Length > 15);
        Assert.All(plain, n => Assert.True(MountOptions.Parse(["r" + n], "tmpfs").HasRecursiveAttributes));
        Assert.All(plain, n => Assert.Contains("r" + n, MountOptions.Names()));
    }
}
