using System.Text;

namespace Keelson.Tuf.Tests.Attacks;

/// <summary>Group 1: another file in the place of a target.</summary>
public sealed class TargetSwapTests
{
    [Theory]
    [InlineData("evil!!!", TufFault.Mismatch)]
    [InlineData("short", TufFault.Mismatch)]
    [InlineData("content and more", TufFault.TooLarge)]
    public async Task Other_content_is_refused_and_the_file_stays(string served, TufFault fault)
    {
        TestRepository repository = new(null, r => r.AddTarget("file", "content"));
        (TufClient client, RecordingStore store) = await repository.NewClientAsync();
        TufTargetFile target = (await client.FindTargetAsync("file"))!;
        string directory = TestDirectory.Make("swap"), file = Path.Combine(directory, "file"), kept = store.Content;
        File.WriteAllText(file, "before");
        repository.TargetFiles["file"] = Encoding.UTF8.GetBytes(served);
        Assert.Equal(fault, (await Assert.ThrowsAsync<TufException>(() => client.DownloadAsync(target, repository.Targets, file))).Fault);
        Assert.Equal("before", File.ReadAllText(file));
        Assert.Equal([file], Directory.GetFiles(directory));
        Assert.Equal(kept, store.Content);
    }

    [Fact]
    public async Task Another_targets_content_is_refused()
    {
        TestRepository repository = new(null, r =>
        {
            r.AddTarget("one", "content 1");
            r.AddTarget("two", "content 2");
        });
        (TufClient client, _) = await repository.NewClientAsync();
        TufTargetFile target = (await client.FindTargetAsync("one"))!;
        repository.TargetFiles["one"] = repository.TargetFiles["two"];
        using MemoryStream content = new();
        Assert.Equal(TufFault.Mismatch, (await Assert.ThrowsAsync<TufException>(() => client.DownloadAsync(target, repository.Targets, content))).Fault);
    }

    [Fact]
    public async Task A_name_that_nobody_describes_is_not_found()
    {
        TestRepository repository = new(null, r => r.AddTarget("file", "content"));
        (TufClient client, _) = await repository.NewClientAsync();
        Assert.Null(await client.FindTargetAsync("File"));
        Assert.Null(await client.FindTargetAsync("file/"));
        Assert.Null(await client.FindTargetAsync("./file"));
    }

    [Fact]
    public async Task Both_hashes_must_be_right()
    {
        TestRepository repository = new(null, r => r.AddTarget("file", "content"));
        repository.PublishHostile(TufRoles.Targets, tree => tree["targets"]!["file"]!["hashes"]!["sha512"] = new string('0', 128));
        (TufClient client, _) = await repository.NewClientAsync();
        TufTargetFile target = (await client.FindTargetAsync("file"))!;
        using MemoryStream content = new();
        Assert.Equal(TufFault.Mismatch, (await Assert.ThrowsAsync<TufException>(() => client.DownloadAsync(target, repository.Targets, content))).Fault);
    }

    [Theory]
    [InlineData("""{"length":1,"hashes":{}}""")]
    [InlineData("""{"length":1,"hashes":{"md5":"d41d8cd98f00b204e9800998ecf8427e"}}""")]
    [InlineData("""{"length":1,"hashes":{"sha256":"00"}}""")]
    [InlineData("""{"length":-1,"hashes":{"sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}}""")]
    [InlineData("""{"hashes":{"sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}}""")]
    public async Task A_target_without_a_usable_hash_or_length_is_refused(string entry)
    {
        TestRepository repository = new();
        (TufClient client, RecordingStore store) = await repository.NewClientAsync();
        await client.RefreshAsync();
        repository.PublishHostile(TufRoles.Targets, tree => tree["targets"]!["file"] = System.Text.Json.Nodes.JsonNode.Parse(entry));
        await client.RefusesAsync(store, TufFault.Malformed, TufRoles.Timestamp, TufRoles.Snapshot);
    }
}
