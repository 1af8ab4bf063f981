namespace Keelson.Content.Tests;

public sealed class LabelTests
{
    [Fact]
    public void Key_and_value_of_4096_bytes_are_taken_and_of_4097_refused()
    {
        _ = LabelSet.Of(("key", new string('v', 4093)));
        Assert.Equal(ErrorKind.InvalidArgument, Assert.Throws<KeelsonException>(() => LabelSet.Of(("key", new string('v', 4094)))).Kind);
        Assert.Throws<KeelsonException>(() => LabelSet.Of(("k\u00e4y", new string('v', 4093))));
    }

    [Fact]
    public void An_empty_key_is_refused() => Assert.Throws<KeelsonException>(() => LabelSet.Of(("", "x")));

    [Fact]
    public void Sets_with_the_same_labels_are_equal()
    {
        LabelSet set = LabelSet.Of(("b", "2"), ("a", "1"));
        Assert.Equal(set, LabelSet.Of(("a", "1")).With("b", "2"));
        Assert.Equal(["a", "b"], set.Keys);
        Assert.Equal(LabelSet.Of(("b", "2")), set.Without("a"));
    }

    [Theory]
    [InlineData("containerd.io/gc.root")]
    [InlineData("containerd.io/gc.ref.content.l.0")]
    [InlineData("containerd.io/gc.expire")]
    [InlineData("containerd.io/distribution.source.docker.io")]
    [InlineData("CONTAINERD.io/gc.root")]
    [InlineData(" containerd.io/gc.root")]
    public void CVE_2026_53488_labels_of_an_image_that_steer_the_engine_are_stripped(string key) =>
        Assert.Equal(LabelSet.Of(("maintainer", "me")), ControlLabels.Strip([new(key, "sha256:x"), new("maintainer", "me")]));

    [Theory]
    [InlineData("default", true)]
    [InlineData("k8s.io", true)]
    [InlineData("a-b_c.d", true)]
    [InlineData("A1", true)]
    [InlineData("", false)]
    [InlineData(".a", false)]
    [InlineData("a.", false)]
    [InlineData("a..b", false)]
    [InlineData("a-_b", false)]
    [InlineData("a/b", false)]
    [InlineData("a b", false)]
    [InlineData("\u00e4", false)]
    [InlineData("../etc", false)]
    public void The_rule_of_identifiers(string text, bool isValid) => Assert.Equal(isValid, Identifier.IsValid(text));

    [Fact]
    public void An_identifier_has_at_most_76_characters()
    {
        Assert.True(Identifier.IsValid(new string('a', 76)));
        Assert.False(Identifier.IsValid(new string('a', 77)));
    }
}
