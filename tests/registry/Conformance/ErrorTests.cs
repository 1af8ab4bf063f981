using System.Text.Json;

namespace Keelson.Registry.Tests.Conformance;

/// <summary>How errors are told.</summary>
[Spec(Distribution, "Error Codes")]
public abstract class ErrorTests(IRegistryUnderTest registry) : RegistryTest(registry)
{
    private const string Nowhere = "sha256:0000000000000000000000000000000000000000000000000000000000000000";

    [Theory]
    [InlineData("GET", "tags/list")]
    [InlineData("GET", "manifests/none")]
    [InlineData("GET", "blobs/" + Nowhere)]
    [InlineData("DELETE", "blobs/" + Nowhere)]
    [InlineData("PUT", "manifests/none")]
    public async Task An_error_is_a_list_of_codes_and_messages_in_JSON(string method, string path)
    {
        Answer answer = await Http.SendAsync(method, $"/v2/{Repository}/{path}");
        answer.Fails(answer.Is(400, 404).Status);
        JsonElement error = Assert.Single(answer.Json.GetProperty("errors").EnumerateArray());
        Assert.Matches("^[A-Z_]+$", error.GetProperty("code").GetString());
        Assert.NotEmpty(error.GetProperty("message").GetString()!);
        Assert.DoesNotContain(error.EnumerateObject(), member => member.Name is not ("code" or "message" or "detail"));
    }

    [Theory]
    [InlineData("manifests/none")]
    [InlineData("manifests/" + Nowhere)]
    [InlineData("blobs/" + Nowhere)]
    public async Task An_error_of_a_HEAD_has_no_body(string path)
    {
        Answer head = (await HeadAsync($"{Repository}/{path}")).Is(404), get = await GetAsync($"{Repository}/{path}");
        Assert.Empty(head.Body);
        Assert.Equal(get.Status, head.Status);
    }

    [Theory]
    [InlineData("POST", "", 200)]
    [InlineData("DELETE", "", 200)]
    [InlineData("POST", "{0}/manifests/1")]
    [InlineData("PATCH", "{0}/manifests/1")]
    [InlineData("PUT", "{0}/blobs/" + Nowhere)]
    [InlineData("POST", "{0}/blobs/" + Nowhere)]
    [InlineData("DELETE", "{0}/tags/list")]
    [InlineData("PUT", "{0}/tags/list")]
    [InlineData("PUT", "_catalog")]
    [InlineData("GET", "{0}/blobs/uploads/", 404)]
    [InlineData("PUT", "{0}/blobs/uploads/", 404)]
    [Reference(Debian, "the base has all methods; the beginning of uploads is an upload without an ID for GET and PUT")]
    public async Task A_method_that_an_endpoint_does_not_have_is_answered_with_405_and_those_that_it_has(string method, string path, int reference = 405)
    {
        await PushImageAsync("1");
        Answer answer = (await Http.SendAsync(method, "/v2/" + string.Format(path, Repository))).Is(Differs(405, reference));
        if (answer.Status != 405) return;
        Assert.NotEmpty(answer["Allow"]!);
        Assert.DoesNotContain(method, answer["Allow"]!.Split(',', StringSplitOptions.TrimEntries));
    }

    [Theory]
    [InlineData("a")]
    [InlineData("0")]
    [InlineData("a/b/c/d/e/f/g")]
    [InlineData("a.b_c__d-e--f/g0")]
    [InlineData("manifests")]
    [InlineData("blobs/uploads")]
    [InlineData("tags/list")]
    [InlineData("255")]
    [Spec(Distribution, "Pulling manifests")]
    public async Task A_name_of_the_right_form_is_a_repository(string name)
    {
        if (name == "255") name = string.Concat(Enumerable.Repeat("a/", 127)) + "b";
        Document image = await PushImageAsync("1", name);
        Assert.Equal(image.Bytes, (await GetAsync($"{name}/manifests/1", AcceptAll)).Is(200).Body);
        (await GetAsync($"{name}/tags/list")).Is(200);
    }

    [Theory]
    [InlineData("Upper")]
    [InlineData("a/Upper")]
    [InlineData("_a")]
    [InlineData("a_")]
    [InlineData("a___b")]
    [InlineData("a..b")]
    [InlineData("-a")]
    [InlineData("a/-b")]
    [InlineData("a%20b")]
    [InlineData("a%C3%A9")]
    [InlineData("a:b")]
    [InlineData("256")]
    [Spec(Distribution, "Pulling manifests")]
    [Reference(Debian, "what its routes do not take for a name is no endpoint: 404 without JSON; a name that is too long passes the routes: 500")]
    public async Task A_name_of_another_form_is_answered_with_400_NAME_INVALID(string name)
    {
        if (name == "256") name = new string('a', 256);
        foreach ((string method, string path) in ((string, string)[])[("GET", "manifests/1"), ("POST", "blobs/uploads/"), ("GET", "tags/list"), ("PUT", "manifests/1"), ("GET", "blobs/" + Nowhere)])
        {
            Answer answer = await Http.SendAsync(method, $"/v2/{name}/{path}");
            if (Registry.IsReference) answer.Is(name.Length < 256 ? 404 : 500);
            else answer.Fails(400, "NAME_INVALID");
        }
    }

    [Fact, Spec(Distribution, "Warnings")]
    public async Task No_warning_is_given_when_there_is_nothing_to_warn_of()
    {
        await PushImageAsync("1");
        Assert.Null((await GetAsync($"{Repository}/manifests/1", AcceptAll)).Is(200)["Warning"]);
        Assert.Null((await GetAsync($"{Repository}/tags/list")).Is(200)["Warning"]);
    }
}
