namespace Keelson.Oci.Tests;

public sealed class PlatformTests
{
    [Theory]
    [InlineData("linux/amd64", "linux/amd64")]
    [InlineData("linux/x86_64", "linux/amd64")]
    [InlineData("Linux/X86-64/v1", "linux/amd64")]
    [InlineData("linux/amd64/v3", "linux/amd64/v3")]
    [InlineData("linux/arm/v7", "linux/arm/v7")]
    [InlineData("linux/arm", "linux/arm/v7")]
    [InlineData("linux/armhf", "linux/arm/v7")]
    [InlineData("linux/armel", "linux/arm/v6")]
    [InlineData("linux/arm/6", "linux/arm/v6")]
    [InlineData("linux/aarch64", "linux/arm64")]
    [InlineData("linux/arm64/v8", "linux/arm64")]
    [InlineData("linux/i686", "linux/386")]
    [InlineData("macos/arm64", "darwin/arm64")]
    [InlineData("windows/amd64", "windows/amd64")]
    public void A_platform_is_read_in_any_spelling(string text, string normal) => Assert.Equal(normal, Platform.Parse(text).ToString());

    [Fact]
    public void One_word_is_an_architecture_or_an_operating_system_and_the_rest_is_ours()
    {
        Assert.Equal((Platform.Current.Os, "s390x"), (Platform.Parse("s390x").Os, Platform.Parse("s390x").Architecture));
        Assert.Equal(("freebsd", Platform.Current.Architecture), (Platform.Parse("freebsd").Os, Platform.Parse("freebsd").Architecture));
    }

    [Theory]
    [InlineData("")]
    [InlineData("linux/")]
    [InlineData("linux/amd64/v1/x")]
    [InlineData("linux/am d64")]
    [InlineData("nonsense")]
    [InlineData("*")]
    public void What_is_not_a_platform_is_refused(string text) => Assert.Equal(ErrorKind.InvalidArgument, Assert.Throws<KeelsonException>(() => Platform.Parse(text)).Kind);

    [Theory]
    [InlineData("linux/amd64", "linux/amd64 linux/386")]
    [InlineData("linux/amd64/v3", "linux/amd64/v3 linux/amd64/v2 linux/amd64 linux/386")]
    [InlineData("linux/arm64", "linux/arm64 linux/arm/v8 linux/arm/v7 linux/arm/v6 linux/arm/v5")]
    [InlineData("linux/arm/v7", "linux/arm/v7 linux/arm/v6 linux/arm/v5")]
    [InlineData("linux/arm/v5", "linux/arm/v5")]
    [InlineData("linux/riscv64", "linux/riscv64")]
    public void A_machine_runs_its_own_platform_best_and_lower_ones_besides(string machine, string order) =>
        Assert.Equal(order, string.Join(' ', new PlatformMatcher(Platform.Parse(machine)).Order));

    [Fact]
    public void The_best_manifest_is_chosen_whatever_its_place()
    {
        Descriptor[] manifests = [Manifest("linux/386"), Manifest("linux/arm64"), Manifest("linux/amd64"), Manifest("unknown/unknown")];
        Assert.Equal(["linux/amd64", "linux/386"], new PlatformMatcher(Platform.Parse("linux/amd64")).Choose(manifests).Select(d => d.Platform!.ToString()));
        Assert.Empty(new PlatformMatcher(Platform.Parse("linux/s390x")).Choose(manifests));
        Assert.Single(new PlatformMatcher(Platform.Parse("linux/amd64"), isStrict: true).Choose(manifests));
    }

    private static Descriptor Manifest(string platform) =>
        new() { MediaType = MediaTypes.OciManifest, Digest = Digest.Of("{}"u8), Size = 2, Platform = Platform.Parse(platform) };
}
