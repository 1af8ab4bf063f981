using System.Text;
using Keelson.Registry.Storage;

namespace Keelson.Registry.Tests.Storage;

/// <summary>What every store does.</summary>
public abstract class StorageDriverTests
{
    private protected abstract IStorageDriver Open();

    [Fact]
    public async Task What_was_written_is_read()
    {
        await using IStorageDriver driver = Open();
        await driver.WriteAsync("a/b/c", "one"u8.ToArray());
        Assert.Equal("one", await TextAsync(driver, "a/b/c"));
    }

    [Fact]
    public async Task Writing_replaces_what_is_there()
    {
        await using IStorageDriver driver = Open();
        await driver.WriteAsync("a/b", "a long text"u8.ToArray());
        await driver.WriteAsync("a/b", "short"u8.ToArray());
        Assert.Equal(("short", 5), (await TextAsync(driver, "a/b"), (await driver.FindAsync("a/b"))!.Value.Length));
    }

    [Theory]
    [InlineData("nothing")]
    [InlineData("a/nothing")]
    [InlineData("a/file/below")]
    [InlineData("nothing/at/all")]
    public async Task What_is_not_there_is_not_found(string path)
    {
        await using IStorageDriver driver = Open();
        await driver.WriteAsync("a/file", "x"u8.ToArray());
        Assert.Null(await driver.FindAsync(path));
        Assert.Null(await driver.ReadAsync(path, 100));
        Assert.Null(await driver.OpenAsync(path));
        Assert.Empty(await driver.ListAsync(path));
        Assert.False(await driver.RemoveAsync(path));
        Assert.False(await driver.TouchAsync(path));
    }

    [Fact]
    public async Task A_file_that_is_longer_than_expected_is_an_error()
    {
        await using IStorageDriver driver = Open();
        await driver.WriteAsync("a", new byte[5000]);
        KeelsonException error = await Assert.ThrowsAsync<KeelsonException>(() => driver.ReadAsync("a", 4096).AsTask());
        Assert.Equal(ErrorKind.DataLoss, error.Kind);
    }

    [Fact]
    public async Task A_folder_lists_files_and_folders()
    {
        await using IStorageDriver driver = Open();
        await driver.WriteAsync("top/file", "1"u8.ToArray());
        await driver.WriteAsync("top/folder/x", "2"u8.ToArray());
        Assert.Equal(["file", "folder"], (await driver.ListAsync("top")).Order());
        Assert.True((await driver.FindAsync("top/folder"))!.Value.IsFolder);
        Assert.False((await driver.FindAsync("top/file"))!.Value.IsFolder);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(65_536)]
    [InlineData(100_000)]
    public async Task A_file_grows_by_what_is_appended(int piece)
    {
        await using IStorageDriver driver = Open();
        byte[] content = new byte[300_000];
        new Random(1).NextBytes(content);
        await AppendAsync(driver, "up/data", content.AsMemory(0, piece));
        await AppendAsync(driver, "up/data", content.AsMemory(piece));
        Assert.Equal(content, await ContentAsync(driver, "up/data"));
    }

    [Fact]
    public async Task A_writer_says_how_long_the_file_is()
    {
        await using IStorageDriver driver = Open();
        await AppendAsync(driver, "up/data", new byte[10]);
        await using IStorageWriter writer = await driver.AppendAsync("up/data");
        await writer.WriteAsync(new byte[7]);
        await writer.SyncAsync();
        Assert.Equal(17, writer.Length);
    }

    [Fact]
    public async Task A_file_of_nothing_is_one_when_it_is_synced()
    {
        await using IStorageDriver driver = Open();
        await using (IStorageWriter writer = await driver.AppendAsync("up/data")) await writer.SyncAsync();
        await driver.MoveAsync("up/data", "blob");
        Assert.Equal((0, false), ((await driver.FindAsync("blob"))!.Value.Length, (await driver.FindAsync("blob"))!.Value.IsFolder));
    }

    [Fact]
    public async Task A_file_that_grows_is_a_file_of_its_folder()
    {
        await using IStorageDriver driver = Open();
        await driver.NoteAsync("up/startedat", "now"u8.ToArray());
        await AppendAsync(driver, "up/data", new byte[10]);
        Assert.Equal(["data", "startedat"], (await driver.ListAsync("up")).Order());
        Assert.Empty(await driver.ListAsync("up/data"));
        Assert.Equal(("now", false, 10), (await TextAsync(driver, "up/startedat"), (await driver.FindAsync("up/data"))!.Value.IsFolder, (await driver.FindAsync("up/data"))!.Value.Length));
        Assert.True(await driver.RemoveAsync("up/data"));
        Assert.Null(await driver.FindAsync("up/data"));
    }

    [Fact]
    public async Task A_file_that_was_written_grows_by_what_is_appended()
    {
        await using IStorageDriver driver = Open();
        await driver.WriteAsync("a/b", "one"u8.ToArray());
        await AppendAsync(driver, "a/b", ", two"u8.ToArray());
        Assert.Equal("one, two", await TextAsync(driver, "a/b"));
    }

    [Fact]
    public async Task Names_that_begin_alike_are_not_below_each_other()
    {
        await using IStorageDriver driver = Open();
        foreach (string path in (string[])["r/app/x", "r/app-two/x", "r/app.three/x"]) await driver.WriteAsync(path, "1"u8.ToArray());
        Assert.Equal(["x"], await driver.ListAsync("r/app"));
        Assert.True(await driver.RemoveAsync("r/app"));
        Assert.Equal(["app-two", "app.three"], (await driver.ListAsync("r")).Order(StringComparer.Ordinal));
        Assert.Null(await driver.FindAsync("r/app"));
    }

    [Fact]
    public async Task A_writer_finds_the_same_version_for_the_same_bytes()
    {
        await using IStorageDriver driver = Open();
        await AppendAsync(driver, "up/data", new byte[10]);
        await using IStorageWriter first = await driver.AppendAsync("up/data"), second = await driver.AppendAsync("up/data");
        Assert.Equal(first.Version, second.Version);
        await second.WriteAsync(new byte[1]);
        await second.FlushAsync();
        await driver.MoveAsync("up/data", "to", second.Version);
        Assert.Equal(11, (await driver.FindAsync("to"))!.Value.Length);
    }

    [Fact]
    public async Task Parts_are_read_from_any_offset()
    {
        await using IStorageDriver driver = Open();
        await driver.WriteAsync("a", Encoding.ASCII.GetBytes("0123456789"));
        await using IStorageReader reader = (await driver.OpenAsync("a"))!;
        byte[] buffer = new byte[4];
        Assert.Equal(4, await reader.ReadAsync(3, buffer));
        Assert.Equal("3456", Encoding.ASCII.GetString(buffer));
        Assert.Equal(1, await reader.ReadAsync(9, buffer));
        Assert.Equal(0, await reader.ReadAsync(10, buffer));
        Assert.Equal(10, reader.Length);
    }

    [Fact]
    public async Task A_file_that_is_read_stays_readable_when_it_is_removed()
    {
        await using IStorageDriver driver = Open();
        await driver.WriteAsync("a/b", "still here"u8.ToArray());
        await using IStorageReader reader = (await driver.OpenAsync("a/b"))!;
        Assert.True(await driver.RemoveAsync("a"));
        byte[] buffer = new byte[10];
        Assert.Equal(10, await reader.ReadAsync(0, buffer));
        Assert.Equal("still here", Encoding.ASCII.GetString(buffer));
    }

    [Fact]
    public async Task A_file_moves_and_replaces_another()
    {
        await using IStorageDriver driver = Open();
        await driver.WriteAsync("from/x", "new"u8.ToArray());
        await driver.WriteAsync("to/y", "old"u8.ToArray());
        await driver.MoveAsync("from/x", "to/y");
        Assert.Null(await driver.FindAsync("from/x"));
        Assert.Equal("new", await TextAsync(driver, "to/y"));
    }

    [Fact]
    public async Task A_file_that_is_not_there_does_not_move()
    {
        await using IStorageDriver driver = Open();
        KeelsonException error = await Assert.ThrowsAnyAsync<KeelsonException>(() => driver.MoveAsync("nothing", "to/y").AsTask());
        Assert.Equal(ErrorKind.NotFound, error.Kind);
    }

    [Fact]
    public async Task A_folder_goes_with_all_that_is_in_it()
    {
        await using IStorageDriver driver = Open();
        await driver.WriteAsync("r/a/b/c", "1"u8.ToArray());
        await driver.WriteAsync("r/a/d", "2"u8.ToArray());
        Assert.True(await driver.RemoveAsync("r/a"));
        Assert.Null(await driver.FindAsync("r/a/b/c"));
        Assert.Empty(await driver.ListAsync("r"));
    }

    [Fact]
    public async Task Touching_makes_a_file_young()
    {
        await using IStorageDriver driver = Open();
        await driver.WriteAsync("a", "1"u8.ToArray());
        DateTimeOffset before = (await driver.FindAsync("a"))!.Value.Modified;
        Condition.Await("the clock to go on", () => driver.TouchAsync("a").AsTask().GetAwaiter().GetResult() && driver.FindAsync("a").AsTask().GetAwaiter().GetResult()!.Value.Modified > before);
    }

    private protected static async Task AppendAsync(IStorageDriver driver, string path, ReadOnlyMemory<byte> content)
    {
        await using IStorageWriter writer = await driver.AppendAsync(path);
        await writer.WriteAsync(content);
        await writer.FlushAsync();
    }

    private protected static async Task<byte[]> ContentAsync(IStorageDriver driver, string path)
    {
        await using IStorageReader reader = (await driver.OpenAsync(path))!;
        byte[] content = new byte[reader.Length];
        for (int at = 0, count; at < content.Length; at += count) count = await reader.ReadAsync(at, content.AsMemory(at));
        return content;
    }

    private protected static async Task<string> TextAsync(IStorageDriver driver, string path) => Encoding.ASCII.GetString((await driver.ReadAsync(path, 1000))!.Value.Span);
}

/// <summary>In memory.</summary>
public sealed class MemoryDriverTests : StorageDriverTests
{
    private protected override IStorageDriver Open() => new MemoryDriver();
}

/// <summary>In a folder.</summary>
public sealed class FilesystemDriverTests : StorageDriverTests
{
    private readonly string directory = TestDirectory.Make("driver");

    private protected override IStorageDriver Open() => new FilesystemDriver(directory);

    [Fact]
    public async Task A_second_registry_does_not_get_the_store()
    {
        await using FilesystemDriver driver = new(directory);
        KeelsonException error = Assert.Throws<KeelsonException>(() => new FilesystemDriver(directory));
        Assert.Equal((ErrorKind.Unavailable, $"registry store {directory}: another registry has it"), (error.Kind, error.Message));
    }

    [Fact]
    public async Task What_a_killed_process_left_goes_at_the_next_start()
    {
        Directory.CreateDirectory(directory + "/.keelson/partial");
        await File.WriteAllTextAsync(directory + "/.keelson/partial/7", "half a file");
        await using FilesystemDriver driver = new(directory);
        Assert.Empty(Directory.GetFiles(directory + "/.keelson/partial"));
    }
}
