namespace Keelson.Tuf.Tests;

/// <summary>Patterns of delegations, and times.</summary>
public sealed class PatternTests
{
    [Theory]
    [InlineData("*", "file", true)]
    [InlineData("*", "a/b", false)]
    [InlineData("*/*", "a/b", true)]
    [InlineData("targets/*.tgz", "targets/foo.tgz", true)]
    [InlineData("targets/*.tgz", "targets/foo.txt", false)]
    [InlineData("targets/*.tgz", "targets/x/foo.tgz", false)]
    [InlineData("foo-version-?.tgz", "foo-version-2.tgz", true)]
    [InlineData("foo-version-?.tgz", "foo-version-alpha.tgz", false)]
    [InlineData("a?c", "a/c", false)]
    [InlineData("", "", true)]
    [InlineData("", "a", false)]
    [InlineData("*a*b*c", "xaxbxc", true)]
    [InlineData("*a*b*c", "xaxbx", false)]
    [InlineData("**", "abc", true)]
    [InlineData("[ab]x", "bx", true)]
    [InlineData("[ab]x", "cx", false)]
    [InlineData("[!ab]x", "cx", true)]
    [InlineData("[a-c]x", "bx", true)]
    [InlineData("[]]x", "]x", true)]
    [InlineData("[x", "[x", true)]
    [InlineData("A", "a", false)]
    public void A_pattern_holds_what_a_shell_says(string pattern, string path, bool isHeld) => Assert.Equal(isHeld, new TufOneDialect().Matches(pattern, path));

    [Fact]
    public void A_pattern_of_many_stars_takes_no_time() => Assert.False(new TufOneDialect().Matches(string.Concat(Enumerable.Repeat("*a", 5_000)) + "b", new string('a', 10_000)));

    [Theory]
    [InlineData("2026-01-02T03:04:05Z", "2026-01-02T03:04:05.0000000+00:00")]
    [InlineData("2026-01-02T03:04:05.123456789+01:00", "2026-01-02T02:04:05.1234567+00:00")]
    [InlineData("2026-01-02T03:04:05.5-11:30", "2026-01-02T14:34:05.5000000+00:00")]
    [InlineData("9999-12-31T23:59:59Z", "9999-12-31T23:59:59.0000000+00:00")]
    public void Notary_times_have_offsets_and_parts_of_seconds(string text, string time) => Assert.Equal(time, new NotaryDialect().ReadExpires(text).ToString("O"));

    [Theory]
    [InlineData("")]
    [InlineData("2026-01-02")]
    [InlineData("2026-01-02T03:04:05")]
    [InlineData("2026-01-02T03:04:05.Z")]
    [InlineData("2026-01-02T03:04:05.1234567890Z")]
    [InlineData("2026-01-02T03:04:05+0100")]
    [InlineData("2026-01-02T03:04:05+24:00")]
    [InlineData("2026-13-02T03:04:05Z")]
    [InlineData("9999-12-31T23:59:59-01:00")]
    public void What_is_no_time_is_refused(string text)
    {
        Assert.Equal(TufFault.Malformed, Assert.Throws<TufException>(() => new NotaryDialect().ReadExpires(text)).Fault);
        Assert.Equal(TufFault.Malformed, Assert.Throws<TufException>(() => new TufOneDialect().ReadExpires(text)).Fault);
    }

    [Theory]
    [InlineData("2026-01-02T03:04:05.1Z")]
    [InlineData("2026-01-02T03:04:05+00:00")]
    [InlineData(" 2026-01-02T03:04:05Z")]
    public void TUF_times_have_one_form(string text) => Assert.Throws<TufException>(() => new TufOneDialect().ReadExpires(text));
}
