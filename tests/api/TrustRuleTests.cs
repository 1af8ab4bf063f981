using Keelson.Daemon.Trust;

namespace Keelson.Api.Tests;

/// <summary>Rules of a trust policy.</summary>
public sealed class TrustRuleTests
{
    [Theory]
    [InlineData("registry.example/team/app", "registry.example/team/app", true)]
    [InlineData("registry.example/team/*", "registry.example/team/app", true)]
    [InlineData("registry.example/team/*", "registry.example/team/app/deep", false)]
    [InlineData("registry.example/**", "registry.example/team/app/deep", true)]
    [InlineData("**/app", "registry.example/team/app", true)]
    [InlineData("**/app", "registry.example/team/apps", false)]
    [InlineData("*/app", "registry.example/team/app", false)]
    [InlineData("docker.io/library/a*e", "docker.io/library/alpine", true)]
    [InlineData("**", "docker.io/library/alpine", true)]
    [InlineData("", "a", false)]
    public void Patterns_are_of_repositories(string pattern, string name, bool matches) => Assert.Equal(matches, TrustRule.Matches(pattern, name));

    [Fact]
    public void A_pattern_of_many_asterisks_takes_no_time() =>
        Assert.False(TrustRule.Matches(string.Concat(Enumerable.Repeat("*a", 100)) + "b", new string('a', 255)));

    [Theory]
    [InlineData("[[rule]]\n", "names: is missing")]
    [InlineData("[[rule]]\nnames = ['a']\n", "without first_use = true nobody would be believed")]
    [InlineData("[[rule]]\nnames = ['a']\nfirst_use = true\nserver = 'http://a'\n", "no address that begins with https://")]
    [InlineData("[[rule]]\nnames = ['a']\nfirst_use = true\nsigners = ['alice']\n", "neither targets nor a role below it")]
    [InlineData("[[rule]]\nnames = ['a']\nfirst_use = true\nroot_ca_file = 'a.pem'\n", "not an absolute path")]
    [InlineData("[[rule]]\nnames = ['a']\nrequire = false\ncolour = 1\n", "the key is unknown")]
    public void A_policy_that_makes_no_sense_is_refused_with_the_key(string text, string why)
    {
        string file = TestDirectory.Make("policy") + "/policy.toml";
        File.WriteAllText(file, text);
        Assert.Contains(why, Assert.Throws<KeelsonException>(() => PolicyTrust.Read(file)).Message, StringComparison.Ordinal);
        TestDirectory.Remove(Path.GetDirectoryName(file)!);
    }
}
