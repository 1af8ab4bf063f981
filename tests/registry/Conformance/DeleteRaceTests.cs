namespace Keelson.Registry.Tests.Conformance;

/// <summary>Content that is deleted while it is pushed and read.</summary>
[Reference(Debian, "2.8.2 locks nothing: who meets a deletion is answered with 500, now and then with 400")]
public abstract class DeleteRaceTests(IRegistryUnderTest registry) : RegistryTest(registry)
{
    [Fact, Spec(Distribution, "end-10")]
    public async Task A_blob_that_is_read_pushed_and_deleted_at_the_same_time_is_whole_or_not_there()
    {
        Blob blob = await PushBlobAsync(Blob.Random(200_000));
        string path = $"{Repository}/blobs/{blob.Digest}";
        Task[] work =
        [
            .. Enumerable.Range(0, 2).Select(_ => RepeatAsync(() => PushBlobAsync(blob))),
            RepeatAsync(async () => (await DeleteAsync(path)).Is(202, 404)),
            .. Enumerable.Range(0, 2).Select(_ => RepeatAsync(async () =>
            {
                Answer answer = (await GetAsync(path)).Is(200, 404);
                if (answer.Status == 200) Assert.Equal(blob.Digest, new Blob(answer.Body).Digest);
            })),
        ];
        await Task.WhenAll(work);
        await PushBlobAsync(blob);
        Assert.Equal(blob.Digest, new Blob((await GetAsync(path)).Is(200).Body).Digest);
    }

    [Fact, Spec(Distribution, "end-11")]
    public async Task A_blob_that_is_mounted_and_deleted_at_the_same_time_is_there_or_not()
    {
        string source = NewRepository();
        Blob blob = await PushBlobAsync(null, source);
        Task MountAsync() => RepeatAsync(async () => (await PostAsync($"{Repository}/blobs/uploads/?mount={blob.Digest}&from={source}")).Is(201), 300);
        Task RemoveAsync() => RepeatAsync(async () => (await DeleteAsync($"{Repository}/blobs/{blob.Digest}")).Is(202, 404), 300);
        await Task.WhenAll(MountAsync(), RemoveAsync(), MountAsync(), RemoveAsync());
        await MountAsync();
        Assert.Equal(blob.Bytes, (await GetAsync($"{Repository}/blobs/{blob.Digest}")).Is(200).Body);
    }

    [Fact, Spec(Distribution, "end-9")]
    public async Task A_manifest_that_is_pushed_and_deleted_at_the_same_time_is_there_or_not()
    {
        Document image = await PushImageAsync("1");
        Task PushAgainAsync(string tag) => RepeatAsync(() => PushAsync(image, tag), 40);
        Task RemoveAsync() => RepeatAsync(async () => (await DeleteAsync($"{Repository}/manifests/{image.Digest}")).Is(202, 404), 40);
        await Task.WhenAll(PushAgainAsync("1"), RemoveAsync(), PushAgainAsync("2"), RemoveAsync());
        await PushAsync(image, "1");
        Assert.Equal(image.Bytes, (await GetAsync($"{Repository}/manifests/1", AcceptAll)).Is(200).Body);
        Assert.Contains("1", (await GetAsync($"{Repository}/tags/list")).Is(200).Json.GetProperty("tags").EnumerateArray().Select(tag => tag.GetString()));
    }

    [Fact, Spec(Distribution, "end-9")]
    public async Task A_manifest_that_is_deleted_by_many_is_deleted_once()
    {
        Document image = await PushImageAsync("1");
        Answer[] answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => DeleteAsync($"{Repository}/manifests/{image.Digest}")));
        Assert.Contains(answers, answer => answer.Status == 202);
        Assert.All(answers, answer => answer.Is(202, 404));
        (await HeadAsync($"{Repository}/manifests/{image.Digest}", AcceptAll)).Is(404);
    }

    private static async Task RepeatAsync(Func<Task> act, int times = 15)
    {
        for (int i = 0; i < times; i++) await act();
    }
}
