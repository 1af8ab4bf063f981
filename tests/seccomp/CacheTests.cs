namespace Keelson.Seccomp.Tests;

/// <summary>A cache gives back what was stored, and nothing else.</summary>
public sealed class CacheTests : IDisposable
{
    private const SeccompArchitecture X64 = SeccompArchitecture.SCMP_ARCH_X86_64;

    private static readonly byte[] Source = [.. """{"defaultAction":"SCMP_ACT_ERRNO"}"""u8];
    private readonly string directory = TestDirectory.Make("cache") + "/programs";
    private readonly SeccompProgram program = SeccompCompiler.Compile(
        new SeccompProfile { DefaultAction = SeccompAction.SCMP_ACT_ERRNO, Syscalls = [new SeccompRule { Names = ["warp", "weft", "mkdir"], Action = SeccompAction.SCMP_ACT_NOTIFY }] }, X64);

    private SeccompCache Cache => new(directory);

    private string Only => Assert.Single(Directory.GetFiles(directory));

    public void Dispose() => TestDirectory.Remove(Path.GetDirectoryName(directory)!);

    [Fact]
    public void A_stored_program_comes_back_whole()
    {
        Assert.Null(Cache.TryLoad(Source, X64));
        Assert.Equal(Linux.Errno.None, Cache.Store(Source, X64, program));
        SeccompProgram? loaded = Cache.TryLoad(Source, X64);
        Assert.NotNull(loaded);
        Assert.Equal(program.Instructions.ToArray(), loaded.Instructions.ToArray());
        Assert.Equal((program.Flags, true), (loaded.Flags, loaded.NeedsListener));
        Assert.Equal(["warp", "weft"], loaded.UnknownSyscalls);
    }

    [Fact]
    public void Another_source_or_architecture_is_a_miss()
    {
        Cache.Store(Source, X64, program);
        Assert.Null(Cache.TryLoad([.. Source, (byte)' '], X64));
        Assert.Null(Cache.TryLoad(Source, SeccompArchitecture.SCMP_ARCH_AARCH64));
    }

    [Fact]
    public void Sources_that_share_a_file_replace_each_other_and_are_told_apart()
    {
        byte[][] sources = [.. Enumerable.Range(0, 3 * SeccompCache.Slots).Select(i => (byte[])[.. Source, (byte)i])];
        foreach (byte[] source in sources)
        {
            Assert.Equal(Linux.Errno.None, Cache.Store(source, X64, program));
            Assert.NotNull(Cache.TryLoad(source, X64));
        }
        Assert.InRange(Directory.GetFiles(directory).Length, SeccompCache.Slots / 2, SeccompCache.Slots);
        Assert.InRange(sources.Count(s => Cache.TryLoad(s, X64) is not null), SeccompCache.Slots / 2, SeccompCache.Slots);
    }

    [Fact]
    public void Any_damaged_byte_is_a_miss()
    {
        Cache.Store(Source, X64, program);
        byte[] good = File.ReadAllBytes(Only);
        for (int i = 0; i < good.Length; i++)
        {
            byte[] bad = [.. good];
            bad[i] ^= 0x10;
            File.WriteAllBytes(Only, bad);
            Assert.Null(Cache.TryLoad(Source, X64));
        }
        for (int length = 0; length < good.Length; length++)
        {
            File.WriteAllBytes(Only, good[..length]);
            Assert.Null(Cache.TryLoad(Source, X64));
        }
        File.WriteAllBytes(Only, good);
        Assert.NotNull(Cache.TryLoad(Source, X64));
    }

    [Fact]
    public void A_directory_that_others_may_write_to_is_not_used()
    {
        Cache.Store(Source, X64, program);
        TestDirectory.SetMode(directory, 0b111_000_010);
        Assert.Null(Cache.TryLoad(Source, X64));
        Assert.Equal(Linux.Errno.EPERM, Cache.Store(Source, X64, program));
    }

    [Fact]
    public void A_file_that_others_may_write_to_is_not_read()
    {
        Cache.Store(Source, X64, program);
        TestDirectory.SetMode(Only, 0b110_010_000);
        Assert.Null(Cache.TryLoad(Source, X64));
    }

    [RootFact]
    public void A_file_of_another_owner_is_not_read()
    {
        Cache.Store(Source, X64, program);
        Linux.Sys.Files.TryChangeOwner(Only, 1000, 0);
        Assert.Null(Cache.TryLoad(Source, X64));
    }

    [Fact]
    public void A_link_is_not_followed()
    {
        Cache.Store(Source, X64, program);
        string elsewhere = directory + "-elsewhere", name = Only;
        File.Move(name, elsewhere);
        File.CreateSymbolicLink(name, elsewhere);
        Assert.Null(Cache.TryLoad(Source, X64));
        File.Delete(name);
        File.Move(elsewhere, name);
        Directory.Move(directory, elsewhere);
        Directory.CreateSymbolicLink(directory, elsewhere);
        Assert.Null(Cache.TryLoad(Source, X64));
        Assert.NotNull(new SeccompCache(elsewhere).TryLoad(Source, X64));
    }

    [Fact]
    public void A_program_that_the_kernel_would_refuse_is_a_miss_though_the_file_is_whole()
    {
        Cache.Store(Source, X64, new SeccompProgram(new byte[16], 0, []));
        Assert.Null(Cache.TryLoad(Source, X64));
    }

    [Fact]
    public void A_source_that_is_too_long_is_not_kept() =>
        Assert.Equal(Linux.Errno.EFBIG, Cache.Store(new byte[SeccompCache.MaxSourceBytes + 1], X64, program));
}
