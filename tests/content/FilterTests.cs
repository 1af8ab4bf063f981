using CsCheck;

namespace Keelson.Content.Tests;

public sealed class FilterTests
{
    private static readonly ImageRecord Busybox = new("docker.io/library/busybox:latest", new("application/vnd.oci.image.manifest.v1+json", Oci.Digest.Of("x"u8), 1))
    {
        Labels = LabelSet.Of(("plain", "yes"), ("io.cri.image", "managed"), ("very complex label", "hello world"), ("empty", "")),
    };

    [Theory]
    [InlineData("")]
    [InlineData("name")]
    [InlineData("name==docker.io/library/busybox:latest")]
    [InlineData("name!=foo")]
    [InlineData("name~=busybox")]
    [InlineData("name~=^docker.io/.*:latest$")]
    [InlineData("name~=/busy[b]ox:\\w+/")]
    [InlineData("name~=|^docker\\.io/|")]
    [InlineData("name~=\"busy(box|bee)\"")]
    [InlineData("labels.plain")]
    [InlineData("labels.plain==yes")]
    [InlineData("labels.empty")]
    [InlineData("labels.io.cri.image==managed")]
    [InlineData("labels.\"io.cri.image\"==managed")]
    [InlineData("labels.\"very complex label\"==\"hello world\"")]
    [InlineData("labels.\"very complex label\"==\"hello\\x20world\"")]
    [InlineData("labels.missing!=x")]
    [InlineData("labels.plain==yes,name~=busybox")]
    [InlineData(" name == docker.io/library/busybox:latest , labels.plain")]
    [InlineData("target.mediatype~=manifest")]
    [InlineData("target.digest~=^sha256:[a-f0-9]{64}$")]
    public void A_filter_that_holds(string filter) => Assert.True(Filter.Parse(filter).Matches(Busybox));

    [Theory]
    [InlineData("name==busybox")]
    [InlineData("name!=docker.io/library/busybox:latest")]
    [InlineData("name~=^busybox")]
    [InlineData("labels.missing")]
    [InlineData("labels")]
    [InlineData("labels.missing==")]
    [InlineData("unknown")]
    [InlineData("unknown==x")]
    [InlineData("labels.plain==yes,name==x")]
    public void A_filter_that_does_not_hold(string filter)
    {
        if (filter.EndsWith("==", StringComparison.Ordinal)) filter += "x";
        Assert.False(Filter.Parse(filter).Matches(Busybox));
    }

    [Theory]
    [InlineData(",")]
    [InlineData("name,")]
    [InlineData("name=foo")]
    [InlineData("name===foo")]
    [InlineData("name==")]
    [InlineData("name~=[")]
    [InlineData("name~=(?=look)")]
    [InlineData("name~=(a)\\1")]
    [InlineData("name==\"open")]
    [InlineData("name~=/open")]
    [InlineData("name==\"\\q\"")]
    [InlineData("name==\"\\x4\"")]
    [InlineData("name==\"\\ud800\"")]
    [InlineData("name==a b")]
    [InlineData(".name==a")]
    [InlineData("name.==a")]
    [InlineData("na/me==a")]
    [InlineData("name~=((a{999}){999}){999}")]
    public void A_malformed_filter_is_InvalidArgument(string filter) => Assert.Equal(ErrorKind.InvalidArgument, Assert.Throws<KeelsonException>(() => Filter.Parse(filter)).Kind);

    [Fact]
    public void Of_several_filters_one_has_to_hold()
    {
        Assert.True(Filter.ParseAll(["name==x", "labels.plain"]).Matches(Busybox));
        Assert.False(Filter.ParseAll(["name==x", "name==y"]).Matches(Busybox));
        Assert.True(Filter.ParseAll([]).Matches(Busybox));
    }

    [Fact]
    public void An_evil_regular_expression_takes_linear_time()
    {
        ImageRecord evil = Busybox with { Name = new string('a', 4000) + "!" };
        Assert.False(Filter.Parse("name~=\"^(a+)+$\"").Matches(evil));
    }

    [Fact]
    public void Any_value_can_be_quoted_and_matches_itself()
    {
        Gen.String[Gen.Char, 1, 40].Where(value => !value.Any(char.IsSurrogate)).Sample(value =>
        {
            string quoted = string.Concat(value.Select(c => $"\\u{(int)c:x4}"));
            ImageRecord image = Busybox with { Name = value };
            Filter filter = Filter.Parse($"name==\"{quoted}\"");
            return filter.Matches(image) && Filter.Parse(filter.ToString()).Matches(image) && !filter.Matches(Busybox);
        });
    }
}
