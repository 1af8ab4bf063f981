using System.Text;
using CsCheck;
using Keelson.Registry.Auth;

namespace Keelson.Registry.Tests.Auth;

public sealed class AccessRulesTests
{
    private const string Document = """
        {
          "groups": { "web": { "users": ["anna", "bert"] }, "robots": { "users": ["ci"] } },
          "repositories": {
            "**": { "defaultPolicy": ["pull"] },
            "team/**": { "policies": [{ "groups": ["web"], "actions": ["pull", "push", "delete"] }, { "users": ["ci"], "actions": ["pull", "create"] }], "defaultPolicy": ["read"] },
            "team/secret": { "policies": [{ "users": ["anna"], "actions": ["*"] }] },
            "public/*": { "anonymousPolicy": ["pull"], "policies": [{ "groups": ["robots"], "actions": ["create", "update"] }] },
            "seen/*": { "anonymousPolicy": ["catalog"] }
          },
          "adminPolicy": { "users": ["root"], "actions": ["*"] },
          "immutableTags": [{ "repositories": ["team/**"], "tags": ["v*", "release-?"] }, { "tags": ["golden"] }]
        }
        """;

    private static readonly AccessRules Rules = AccessRules.Parse(Encoding.UTF8.GetBytes(Document));

    [Theory]
    [InlineData("anna", "team/app", RegistryRights.Pull | RegistryRights.Push | RegistryRights.Delete)]
    [InlineData("anna", "team/deep/app", RegistryRights.Pull | RegistryRights.Push | RegistryRights.Delete)]
    [InlineData("anna", "team/secret", RegistryRights.All)]
    [InlineData("bert", "team/secret", RegistryRights.None)]
    [InlineData("ci", "team/app", RegistryRights.Pull | RegistryRights.Create)]
    [InlineData("ci", "public/app", RegistryRights.Pull | RegistryRights.Push)]
    [InlineData("carl", "team/app", RegistryRights.Pull)]
    [InlineData("carl", "other", RegistryRights.Pull)]
    [InlineData("carl", "public/app", RegistryRights.Pull)]
    [InlineData("", "public/app", RegistryRights.Pull)]
    [InlineData("", "public/deep/app", RegistryRights.None)]
    [InlineData("", "team/app", RegistryRights.None)]
    [InlineData("", "seen/app", RegistryRights.Catalog)]
    [InlineData("root", "team/secret", RegistryRights.All)]
    [InlineData("root", "", RegistryRights.All)]
    [InlineData("web", "team/app", RegistryRights.Pull)]
    public void The_most_specific_pattern_decides(string user, string repository, RegistryRights rights) => Assert.Equal(rights, Rules.RightsOf(As(user), repository));

    /// <summary>CVE-2026-31801.</summary>
    [Fact]
    public void Who_may_create_cannot_overwrite()
    {
        Assert.True(Rules.Allows(As("ci"), new("team/app", RegistryAction.Push)));
        Assert.False(Rules.Allows(As("ci"), new("team/app", RegistryAction.Overwrite)));
        Assert.False(Rules.Allows(As("ci"), new("team/app", RegistryAction.Delete)));
    }

    [Fact]
    public void Groups_that_a_certificate_names_count_too()
    {
        Assert.True(Rules.Allows(new("stranger", ["web"]), new("team/app", RegistryAction.Overwrite)));
        Assert.False(Rules.Allows(new("", ["web"]), new("team/app", RegistryAction.Overwrite)));
        Assert.False(Rules.Allows(new("stranger", ["Web"]), new("team/app", RegistryAction.Overwrite)));
    }

    [Fact]
    public void Lists_name_what_one_may_see()
    {
        Assert.True(Rules.CanSee(As(""), "seen/app") && Rules.CanSee(As(""), "public/app") && Rules.CanSee(As("carl"), "team/app"));
        Assert.False(Rules.CanSee(As(""), "team/app") || Rules.CanSee(As("bert"), "team/secret"));
        Assert.True(Rules.CanSeeAll(As("root")));
        Assert.False(Rules.CanSeeAll(As("anna")) || Rules.CanSeeAll(As("")));
    }

    [Theory]
    [InlineData("team/app", "v1.0", true)]
    [InlineData("team/app", "release-1", true)]
    [InlineData("team/app", "release-10", false)]
    [InlineData("team/app", "latest", false)]
    [InlineData("other", "v1.0", false)]
    [InlineData("other", "golden", true)]
    public void Some_tags_stay_as_they_are(string repository, string tag, bool isImmutable) => Assert.Equal(isImmutable, Rules.IsImmutable(repository, tag));

    [Theory]
    [InlineData("team/*", "team/app", true)]
    [InlineData("team/*", "team/app/web", false)]
    [InlineData("team/*", "team", false)]
    [InlineData("team/**", "team/app/web", true)]
    [InlineData("team/**", "team", false)]
    [InlineData("team/**", "teams/app", false)]
    [InlineData("**", "a/b/c", true)]
    [InlineData("**", "", false)]
    [InlineData("*", "a", true)]
    [InlineData("*", "a/b", false)]
    [InlineData("**/app", "app", true)]
    [InlineData("**/app", "a/b/app", true)]
    [InlineData("**/app", "a/b/app2", false)]
    [InlineData("a/**/z", "a/z", true)]
    [InlineData("a/**/z", "a/b/c/z", true)]
    [InlineData("a/**/b/**/c", "a/b/x/b/c", true)]
    [InlineData("a?c", "abc", true)]
    [InlineData("a?c", "a/c", false)]
    [InlineData("x*y*z", "xayybz", true)]
    [InlineData("team/app", "team/app", true)]
    [InlineData("team/app", "team/app2", false)]
    [InlineData("team/app", "Team/app", false)]
    [InlineData("**", "a/../b", true)]
    [InlineData("team/**", "team/../other", true)]
    public void Patterns(string pattern, string repository, bool matches) => Assert.Equal(matches, RepositoryPattern.Parse(pattern).Matches(repository));

    [Fact]
    public void Patterns_match_as_the_regular_expression_does()
    {
        Gen<string> component = Gen.OneOf("a", "b", "ab", "*", "?", "a*", "*b", "**");
        Gen<string> name = Gen.OneOf("a", "b", "ab", "abb", "ba");
        Gen.Select(component.Array[1, 6], name.Array[1, 6]).Sample((components, names) =>
        {
            string pattern = string.Join('/', components), repository = string.Join('/', names);
            // Each ** takes components with their slashes; the last one at least one.
            string expression = "^/" + string.Concat(components.Select((c, i) => c == "**" ? i == components.Length - 1 ? "([^/]+/)+" : "([^/]+/)*" : c.Replace("*", "[^/]*").Replace("?", "[^/]") + "/")) + "$";
            Assert.Equal(System.Text.RegularExpressions.Regex.IsMatch("/" + repository + "/", expression), RepositoryPattern.Parse(pattern).Matches(repository));
        }, iter: 20_000);
    }

    [Fact]
    public void A_pattern_of_many_wildcards_takes_no_time()
    {
        RepositoryPattern inOne = RepositoryPattern.Parse(string.Concat(Enumerable.Repeat("*a", 120)) + "b"), inMany = RepositoryPattern.Parse(string.Concat(Enumerable.Repeat("**/a/", 50)) + "b");
        System.Diagnostics.Stopwatch watch = System.Diagnostics.Stopwatch.StartNew();
        Assert.False(inOne.Matches(new string('a', 255)));
        Assert.False(inMany.Matches(string.Join('/', Enumerable.Repeat("a", 128))));
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5), watch.Elapsed.ToString());
    }

    [Fact]
    public void The_more_specific_of_two_patterns()
    {
        string[] expected = ["team/app", "tea/*", "a/**/b", "a/b*", "*/ab", "a/*", "a/**", "*", "**"];
        RepositoryPattern[] patterns = [.. expected.Reverse().Select(RepositoryPattern.Parse)];
        Array.Sort(patterns, RepositoryPattern.CompareSpecificity);
        Assert.Equal("team/app", patterns[0].Text);
        Assert.Equal(["a/*", "a/**"], patterns.Where(p => p.Text is "a/*" or "a/**").Select(p => p.Text));
        Assert.Equal(["*", "**"], patterns[^2..].Select(p => p.Text));
    }

    [Theory]
    [InlineData("""{"repositories":{"team/**":{"policys":[]}}}""", "$.repositories")]
    [InlineData("""{"repositories":{"team/**":{"policies":[{"users":["a"],"actions":["pulll"]}]}}}""", "'pulll' is no action")]
    [InlineData("""{"repositories":{"team/**":{"policies":[{"users":[""],"actions":["pull"]}]}}}""", "anonymousPolicy")]
    [InlineData("""{"repositories":{"te**":{}}}""", "** stands alone")]
    [InlineData("""{"repositories":{"a//b":{}}}""", "empty")]
    [InlineData("""{"repositories":{"A":{}}}""", "no repository has")]
    [InlineData("""{"repositories":{"{a,b}":{}}}""", "no repository has")]
    [InlineData("""{"repositories":{"a":{"defaultPolicy":null}}}""", "line 1")]
    [InlineData("""{"repositories":{"a":{},"a":{"anonymousPolicy":["*"]}}}""", "line 1")]
    [InlineData("""{"adminPolicy":{"actions":["*"]},"adminPolicy":{"users":["a"]}}""", "line 1")]
    [InlineData("null", "null")]
    [InlineData("[", "line 1")]
    public void What_is_no_rule_is_an_error(string json, string reason)
    {
        KeelsonException error = Assert.Throws<KeelsonException>(() => AccessRules.Parse(Encoding.UTF8.GetBytes(json)));
        Assert.Equal(ErrorKind.InvalidArgument, error.Kind);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_rules_nobody_may_anything()
    {
        AccessRules none = AccessRules.Parse("{}"u8);
        foreach (RegistryAction action in Enum.GetValues<RegistryAction>()) Assert.False(none.Allows(As(""), new("a", action)));
        Assert.Equal(RegistryRights.None, none.RightsOf(As("anna"), "a"));
    }

    [Fact]
    public void Rules_in_a_file_follow_it()
    {
        using Folder folder = new();
        AccessRulesFile file = new(folder.Write("rules.json", Document));
        Assert.True(file.Current.CanSee(As("carl"), "other"));
        folder.Write("rules.json", "{}");
        Assert.False(file.Current.CanSee(As("carl"), "other"));
        folder.Write("rules.json", "{");
        Assert.Equal(ErrorKind.Unavailable, Assert.Throws<KeelsonException>(() => file.Current).Kind);
    }

    private static RegistryIdentity As(string user) => new(user, []);
}
