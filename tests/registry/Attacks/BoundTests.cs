using Keelson.Oci;

namespace Keelson.Registry.Tests.Attacks;

/// <summary>Requests that would make a registry without limits hold more than it has.</summary>
public abstract class BoundTests(IRegistryUnderTest registry) : RegistryTest(registry)
{
    private const int LimitBytes = 4 << 20;

    [Theory]
    [InlineData("1001")]
    [InlineData("2147483647")]
    [InlineData("2147483648")]
    [InlineData("4294967296")]
    [InlineData("9223372036854775807")]
    public async Task CVE_2023_2253_a_catalog_of_any_count_is_refused_or_short(string n)
    {
        await PushImageAsync("1");
        Answer answer = await GetAsync($"_catalog?n={n}");
        if (answer.Status == 200) Assert.True(answer.Json.GetProperty("repositories").GetArrayLength() <= 1000, answer.ToString());
        else answer.Fails(400, "PAGINATION_NUMBER_INVALID");
    }

    [Theory]
    [InlineData("2147483648")]
    [InlineData("9223372036854775807")]
    public async Task CVE_2023_2253_tags_of_any_count_are_refused_or_listed(string n)
    {
        await PushImageAsync("1");
        Answer answer = await GetAsync($"{Repository}/tags/list?n={n}");
        if (answer.Status == 200) Assert.Equal("1", Assert.Single(answer.Json.GetProperty("tags").EnumerateArray()).GetString());
        else answer.Fails(400, "PAGINATION_NUMBER_INVALID");
    }

    [Fact]
    public async Task A_manifest_without_an_end_is_refused_before_it_ends()
    {
        await PushBlobAsync();
        using EndlessSpaces body = new(64 << 20);
        int status = await SendEndlessAsync(body);
        Assert.True(status is 400 or 413, $"answered with {status}");
        Assert.True(body.BytesRead < 48 << 20, $"{body.BytesRead} bytes were taken");
        (await HeadAsync($"{Repository}/manifests/1", AcceptAll)).Is(404);
    }

    [Fact, Reference(Debian, "the length that a manifest has is not looked at before it is read: 400 instead of 413")]
    public async Task A_manifest_that_says_it_is_too_long_is_answered_with_413()
    {
        await PushBlobAsync();
        (await PutManifestAsync("1", new Document(MediaTypes.OciManifest, new string(' ', LimitBytes + 1)))).Is(Differs(413, 400));
    }

    public static TheoryData<string> Bombs => ["deep arrays", "deep objects", "deep annotations", "wide", "many layers", "long string", "long number", "many annotations"];

    [Theory, MemberData(nameof(Bombs)), Reference(Debian, "a million layers that are none keep it busy for minutes, and its answer has an error for each; it gets a thousand here")]
    public async Task CVE_2017_11468_a_JSON_bomb_is_refused_and_the_registry_lives(string bomb)
    {
        await PushBlobAsync(Document.Empty);
        Answer answer = (await PutManifestAsync("1", new Document(MediaTypes.OciManifest, Bomb(bomb)))).Fails(400);
        Assert.True(answer.Body.Length < Differs(100_000, 2_000_000), $"{answer.Body.Length} bytes of answer");
        (await HeadAsync($"{Repository}/manifests/1", AcceptAll)).Is(404);
        await PushImageAsync("alive");
    }

    private string Bomb(string kind) => kind switch
    {
        "deep arrays" => new string('[', 1_000_000),
        "deep objects" => string.Concat(Enumerable.Repeat("""{"a":""", 500_000)),
        "deep annotations" => """{"schemaVersion":2,"annotations":{"a":""" + new string('[', 1_000_000) + new string(']', 1_000_000) + "}}",
        "wide" => $"[{string.Join(',', Enumerable.Repeat("[]", 1_000_000))}]",
        "many layers" => """{"schemaVersion":2,"config":""" + Document.Empty.Descriptor() + ""","layers":[""" + string.Join(',', Enumerable.Repeat("{}", Differs(1_000_000, 1_000))) + "]}",
        "long string" => $$"""{"schemaVersion":2,"mediaType":"{{new string('a', 4_000_000)}}"}""",
        "long number" => """{"schemaVersion":2,"config":{"size":""" + new string('9', 1_000_000) + "}}",
        _ => """{"schemaVersion":2,"annotations":{""" + string.Join(',', Enumerable.Range(0, 200_000).Select(i => $"\"{i}\":{i}")) + "}}",
    };

    /// <summary>Sends a body of unknown length as far as the registry takes it.</summary>
    private async Task<int> SendEndlessAsync(EndlessSpaces body)
    {
        try
        {
            return (await Http.StreamAsync("PUT", $"/v2/{Repository}/manifests/1", body, ("Content-Type", MediaTypes.OciManifest))).Status;
        }
        catch (HttpRequestException)
        {
            // The registry closed the connection while the body was on its way, which is an answer too.
            return 413;
        }
    }

    /// <summary>A manifest that has not begun yet.</summary>
    private sealed class EndlessSpaces(long length) : ReadOnlyStream
    {
        public long BytesRead { get; private set; }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int read = (int)Math.Min(buffer.Length, length - BytesRead);
            buffer.Span[..read].Fill((byte)' ');
            BytesRead += read;
            return new(read);
        }
    }
}
