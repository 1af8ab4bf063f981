using Keelson.Linux.Sys;

namespace Keelson.Tuf.Tests;

/// <summary>Where trusted metadata are kept.</summary>
public sealed class StoreTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_saved_is_loaded_until_it_is_deleted(bool isDirectory)
    {
        ITufStore store = isDirectory ? new DirectoryTufStore(Path.Combine(TestDirectory.Make("store"), "new")) : new MemoryTufStore();
        Assert.Null(await store.LoadAsync("root"));
        await store.DeleteAsync("root");
        await store.SaveAsync("root", "one"u8.ToArray());
        await store.SaveAsync("root", "two"u8.ToArray());
        await store.SaveAsync("a/b", "three"u8.ToArray());
        Assert.Equal("two"u8.ToArray(), (await store.LoadAsync("root"))!.Value.ToArray());
        Assert.Equal("three"u8.ToArray(), (await store.LoadAsync("a/b"))!.Value.ToArray());
        Assert.Null(await store.LoadAsync("a"));
        await store.DeleteAsync("root");
        Assert.Null(await store.LoadAsync("root"));
    }

    [Fact]
    public async Task A_writer_that_is_killed_leaves_the_old_file_or_the_new_one()
    {
        string directory = TestDirectory.Make("killed");
        DirectoryTufStore store = new(directory);
        for (int i = 0; i < 10; i++)
        {
            DateTime before = File.GetLastWriteTimeUtc(Path.Combine(directory, "timestamp.json"));
            using ChildProcess child = ChildProcess.Start([Environment.ProcessPath!, "write", directory], new CommandOptions { Environment = Runtime() });
            Condition.Await("a file", () => File.GetLastWriteTimeUtc(Path.Combine(directory, "timestamp.json")) != before);
            child.Signal(Signals.SIGKILL);
            child.WaitForEnd();
            byte[] content = (await store.LoadAsync(TufRoles.Timestamp))!.Value.ToArray();
            Assert.Equal(WriterChild.Length, content.Length);
            Assert.DoesNotContain(content, b => b != content[0]);
        }
    }

    internal static Dictionary<string, string> Runtime() => new() { ["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "../../..")) };
}
