using System.Net;
using System.Text;
using System.Text.Json;
using Keelson.Oci;
using Keelson.Registry.Auth;

namespace Keelson.Registry.Tests.Policies;

/// <summary>Images that do not say of themselves what they have to.</summary>
public sealed class LintTests : IAsyncLifetime
{
    private KeelsonRegistry registry = null!;
    private HttpClient client = null!;

    public async ValueTask InitializeAsync()
    {
        registry = await KeelsonRegistry.StartAsync(null, new RegistryOptions
        {
            Lint =
            [
                new() { Repositories = [RepositoryPattern.Parse("team/**")], Annotations = ["org.example.source", "org.example.licence"] },
                new() { Repositories = [RepositoryPattern.Parse("team/app")], Labels = ["maintainer"] },
            ],
        });
        client = registry.Client();
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await registry.DisposeAsync();
    }

    [Theory]
    [InlineData("team/web", """{"org.example.source":"a"}""", """{"org.example.licence":"b"}""", null)]
    [InlineData("team/web", """{"org.example.source":"a","org.example.licence":""}""", "null", null)]
    [InlineData("team/web", "{}", "{}", "annotations org.example.source, org.example.licence")]
    [InlineData("team/web", """{"org.example.source":"a"}""", "null", "annotations org.example.licence")]
    [InlineData("team/app", """{"org.example.source":"a","org.example.licence":"b","maintainer":"c"}""", "{}", "labels maintainer")]
    [InlineData("team/app", "{}", "{}", "annotations org.example.source, org.example.licence; labels maintainer")]
    [InlineData("team/app", """{"org.example.source":"a","org.example.licence":"b"}""", """{"maintainer":"c"}""", null)]
    [InlineData("other", "{}", "{}", null)]
    public async Task An_image_is_taken_when_it_says_what_is_asked(string repository, string annotations, string labels, string? lacks)
    {
        byte[] layer = Pushes.Random(), config = Encoding.UTF8.GetBytes($$$"""{"os":"linux","config":{"Labels":{{{labels}}}}}""");
        using HttpResponseMessage answer = await PushAsync(repository, config, layer, annotations);
        if (lacks is null) Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        else
        {
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
            using JsonDocument error = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
            Assert.Equal(("MANIFEST_INVALID", $"images of {repository} must have what this one lacks: {lacks}"), (error.RootElement.GetProperty("errors")[0].GetProperty("code").GetString(), error.RootElement.GetProperty("errors")[0].GetProperty("message").GetString()));
            Assert.Equal(HttpStatusCode.NotFound, await client.HeadAsync($"/v2/{repository}/manifests/1"));
        }
    }

    [Theory]
    [InlineData("no JSON at all")]
    [InlineData("""{"config":{"Labels":{"maintainer":1}}}""")]
    [InlineData("""{"config":{"Labels":{"maintainer":"a"}},"config":{}}""")]
    public async Task A_configuration_that_cannot_be_read_is_refused(string config)
    {
        using HttpResponseMessage answer = await PushAsync("team/app", Encoding.UTF8.GetBytes(config), Pushes.Random(), """{"org.example.source":"a","org.example.licence":"b"}""");
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task A_missing_configuration_is_told_as_such()
    {
        byte[] layer = Pushes.Random();
        await client.PushBlobAsync("team/app", layer);
        using HttpResponseMessage answer = await client.PutManifestAsync("team/app", "1", Pushes.Manifest(Pushes.Random(), layer));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task Indexes_and_what_is_attached_need_not_say_it()
    {
        byte[] note = Pushes.Random(), subject = Pushes.Manifest(Pushes.Random());
        await client.PushBlobAsync("team/web", note);
        await client.PushBlobAsync("team/web", "{}"u8.ToArray());
        using HttpResponseMessage attached = await client.PutManifestAsync("team/web", "note", Pushes.Attached(subject, "text/note", note));
        using HttpResponseMessage index = await client.PutManifestAsync("team/web", "all", Pushes.Index(), MediaTypes.OciIndex);
        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.Created), (attached.StatusCode, index.StatusCode));
    }

    private async Task<HttpResponseMessage> PushAsync(string repository, byte[] config, byte[] layer, string annotations)
    {
        await client.PushBlobAsync(repository, layer);
        await client.PushBlobAsync(repository, config);
        Document image = Document.Image(new Blob(config), [new Blob(layer)], $""", "annotations": {annotations}""");
        return await client.PutManifestAsync(repository, "1", image.Bytes);
    }
}
