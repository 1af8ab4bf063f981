using Keelson.DockerApi.Filters;
using Keelson.DockerApi.Http;
using Keelson.DockerApi.Images;
using Keelson.Oci;

namespace Keelson.DockerApi.Tests;

/// <summary>What stands behind the question mark.</summary>
public class FilterTests
{
    private static readonly Dictionary<string, string> Labels = new() { ["a"] = "b", ["empty"] = "" };

    [Theory]
    [InlineData("""{"label":{"a=b":true}}""", true)]
    [InlineData("""{"label":["a=b"]}""", true)]
    [InlineData("""{"label":["a"]}""", true)]
    [InlineData("""{"label":["a=c"]}""", false)]
    [InlineData("""{"label":{"a=b":true,"z":true}}""", false)]
    [InlineData("""{"label":{"a=b":true,"z":false}}""", true)]
    [InlineData("", true)]
    [InlineData("null", true)]
    public void Labels_are_found_in_both_forms(string text, bool matches) => Assert.Equal(matches, FilterSet.Parse(text, "label").Labels("label", Labels));

    [Theory]
    [InlineData("x")]
    [InlineData("[]")]
    [InlineData("""{"label":true}""")]
    [InlineData("""{"label":{"a":1}}""")]
    [InlineData("""{"label":[1]}""")]
    [InlineData("""{"other":["a"]}""")]
    public void Malformed_and_unknown_filters_are_refused_with_400(string text) => Assert.Equal(400, Assert.Throws<ApiException>(() => FilterSet.Parse(text, "label")).Status);

    [Fact]
    public void An_unknown_filter_is_named_as_docker_names_it() => Assert.Equal("Invalid filter 'foo'", Assert.Throws<ApiException>(() => FilterSet.Parse("""{"foo":["a"]}""", "label")).Message);

    [Theory]
    [InlineData("^web$", "web", true)]
    [InlineData("^we$", "web", false)]
    [InlineData("e", "web", true)]
    [InlineData("(", "web", false)]
    public void Names_are_patterns(string pattern, string name, bool matches) => Assert.Equal(matches, FilterSet.Parse($$"""{"name":["{{pattern}}"]}""", "name").Pattern("name", name));

    [Fact]
    public void A_pattern_that_takes_too_long_is_refused() =>
        Assert.Equal(400, Assert.Throws<ApiException>(() => FilterSet.Parse("""{"name":["^(a+)+$"]}""", "name").Pattern("name", new string('a', 40) + "!")).Status);

    [Theory]
    [InlineData(0.5, "Less than a second")]
    [InlineData(1, "1 second")]
    [InlineData(59, "59 seconds")]
    [InlineData(61, "About a minute")]
    [InlineData(180, "3 minutes")]
    [InlineData(3600, "About an hour")]
    [InlineData(7200, "2 hours")]
    [InlineData(172800, "2 days")]
    [InlineData(86400 * 20, "2 weeks")]
    [InlineData(86400 * 100, "3 months")]
    [InlineData(86400 * 800, "2 years")]
    public void Durations_are_told_roughly_as_docker_does(double seconds, string text) => Assert.Equal(text, GoTime.Human(TimeSpan.FromSeconds(seconds)));

    [Fact]
    public void Moments_have_as_many_digits_as_they_need()
    {
        Assert.Equal("1970-01-01T00:00:00Z", GoTime.Text(DateTimeOffset.UnixEpoch));
        Assert.Equal("1970-01-01T00:00:00.12Z", GoTime.Text(DateTimeOffset.UnixEpoch.AddMilliseconds(120)));
        Assert.Equal("0001-01-01T00:00:00Z", GoTime.Text(null));
        Assert.Equal("1970-01-01T00:00:00.120000000Z", GoTime.Fixed(DateTimeOffset.UnixEpoch.AddMilliseconds(120)));
    }

    [Theory]
    [InlineData("busybox", true)]
    [InlineData("busybox:latest", true)]
    [InlineData("busy*", true)]
    [InlineData("b?sybo[xyz]:l*", true)]
    [InlineData("other", false)]
    [InlineData("*/busybox", false)]
    public void Reference_patterns_are_those_of_a_shell(string pattern, bool matches) => Assert.Equal(matches, ImageFilter.Matches(pattern, ImageReference.Parse("busybox")));

    [Theory]
    [InlineData("/v1.41/info", "/info", 41)]
    [InlineData("/v1.24/info", "/info", 24)]
    [InlineData("/info", "/info", 41)]
    [InlineData("/volumes", "/volumes", 41)]
    public void A_version_is_taken_off_the_path(string path, string rest, int minor)
    {
        ReadOnlySpan<char> span = path;
        Assert.Equal(minor, ApiVersion.Take(ref span).Minor);
        Assert.Equal(rest, span.ToString());
    }

    [Fact]
    public void Changes_are_lines_of_a_Dockerfile()
    {
        ContainerConfig config = ConfigChanges.Apply(new() { Env = ["A=old", "B=b"] },
            ["CMD [\"sh\", \"-c\"]", "ENTRYPOINT exec top", "ENV A=new C=\"x y\"", "LABEL l 1 2", "EXPOSE 80 90/udp", "USER me", "WORKDIR sub", "VOLUME [\"/v\"]", "STOPSIGNAL SIGINT"]);
        Assert.Equal(["sh", "-c"], config.Cmd!);
        Assert.Equal(["/bin/sh", "-c", "exec top"], config.Entrypoint!);
        Assert.Equal(["B=b", "A=new", "C=x y"], config.Env!);
        Assert.Equal("1 2", config.Labels!["l"]);
        Assert.Equal(["80/tcp", "90/udp"], config.ExposedPorts!.Keys);
        Assert.Equal("me /sub SIGINT /v", $"{config.User} {config.WorkingDirectory} {config.StopSignal} {config.Volumes!.Keys.Single()}");
        Assert.Equal(400, Assert.Throws<ApiException>(() => ConfigChanges.Apply(new(), ["RUN rm -rf /"])).Status);
    }
}
