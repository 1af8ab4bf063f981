using System.Text;

namespace Keelson.Distribution.Tests;

public sealed class CredentialTests
{
    private readonly string directory = TestDirectory.Make("credentials");

    [Theory]
    [InlineData("registry.test:5000", "user pass:word")]
    [InlineData("docker.io", "hub pw")]
    [InlineData("url.test", "url pw")]
    [InlineData("path.test", null)]
    [InlineData("other.test", null)]
    public async Task A_host_is_found_whatever_the_spelling_of_its_key(string host, string? expected)
    {
        DockerConfigCredentials source = new([Write($$$"""
            {"auths":{"registry.test:5000":{"auth":"{{{Base64("user:pass:word")}}}"},"https://index.docker.io/v1/":{"auth":"{{{Base64("hub:pw")}}}"},
             "https://url.test/v2/":{"username":"url","password":"pw"},"path.test/team":{"auth":"{{{Base64("a:b")}}}"}},"HttpHeaders":{"x":"y"}}
            """)]);
        RegistryCredential? found = await source.FindAsync(host, default);
        Assert.Equal(expected, found is null ? null : $"{found.Username} {found.Password}");
    }

    [Fact]
    public async Task An_identity_token_is_read() =>
        Assert.Equal("refresh", (await new DockerConfigCredentials([Write("""{"auths":{"a.test":{"identitytoken":"refresh"}}}""")]).FindAsync("a.test", default))!.IdentityToken);

    [Fact]
    public async Task The_first_file_that_has_the_host_counts_and_missing_files_do_not_matter()
    {
        DockerConfigCredentials source = new([directory + "/none", Write("{}"), Write($$$"""{"auths":{"a.test":{"auth":"{{{Base64("x:y")}}}"} } }""")]);
        Assert.Equal("x", (await source.FindAsync("a.test", default))!.Username);
    }

    [Theory]
    [InlineData("{\"auths\":{\"a.test\":{\"auth\":\"!\"}}}")]
    [InlineData("[]")]
    [InlineData("{")]
    public async Task A_wrong_file_is_named_in_the_error(string text)
    {
        string file = Write(text);
        KeelsonException e = await Assert.ThrowsAsync<KeelsonException>(async () => await new DockerConfigCredentials([file]).FindAsync("a.test", default));
        Assert.Contains(file, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Helpers_are_asked_by_host_and_by_default()
    {
        string path = Environment.GetEnvironmentVariable("PATH")!;
        Helper("keelson-one", "cat > $0.asked; echo '{\"ServerURL\":\"x\",\"Username\":\"u\",\"Secret\":\"s\"}'");
        Helper("keelson-two", "cat > $0.asked; echo '{\"ServerURL\":\"x\",\"Username\":\"<token>\",\"Secret\":\"t\"}'");
        Helper("keelson-three", "cat > /dev/null; echo credentials not found in native keychain; exit 1");
        Helper("keelson-four", "cat > /dev/null; echo broken: hunter2; exit 3");
        Environment.SetEnvironmentVariable("PATH", directory + ":" + path);
        DockerConfigCredentials source = new([Write("""{"credsStore":"keelson-two","credHelpers":{"one.test":"keelson-one","three.test":"keelson-three","four.test":"keelson-four","five.test":"../x"}}""")]);
        Assert.Equal(("u", "s"), await source.FindAsync("one.test", default) is { } one ? (one.Username, one.Password) : default);
        Assert.Equal("t", (await source.FindAsync("docker.io", default))!.IdentityToken);
        Assert.Null(await source.FindAsync("three.test", default));
        KeelsonException e = await Assert.ThrowsAsync<KeelsonException>(async () => await source.FindAsync("four.test", default));
        Assert.DoesNotContain("hunter2", e.FullMessage, StringComparison.Ordinal);
        await Assert.ThrowsAsync<KeelsonException>(async () => await source.FindAsync("five.test", default));
        Assert.Equal(("one.test", "https://index.docker.io/v1/"),
            (File.ReadAllText(directory + "/docker-credential-keelson-one.asked"), File.ReadAllText(directory + "/docker-credential-keelson-two.asked")));
    }

    private void Helper(string name, string script)
    {
        string file = $"{directory}/docker-credential-{name}";
        File.WriteAllText(file, "#!/bin/sh\n" + script + "\n");
        TestDirectory.SetMode(file, 0b111_101_101);
    }

    private string Write(string text)
    {
        string file = $"{directory}/{Guid.NewGuid():N}.json";
        File.WriteAllText(file, text);
        return file;
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
