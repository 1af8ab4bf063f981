using System.Globalization;
using Keelson.Archive;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Fuzz.Targets;

/// <summary>
/// Archives as they come to <c>build</c>, to <c>PUT archive</c> and as layers, unpacked for real. The bytes choose entries out of names, links and kinds that
/// have been ways out of a directory; nothing beside the directory may change.
/// </summary>
internal sealed class ExtractTarget : IFuzzTarget
{
    private const int MostEntries = 12, BytesOfEntry = 4;

    private static readonly ReadOnlyMemory<byte>[] Names =
    [
        .. ((string[])["a", "a/b", "a/b/c", "b", "./a", "../out/file", "a/../../out/file", "/etc", "..", ".", "l", "l/x", "l/file", "l/../x", "a/.wh.b", ".wh.a", "a/.wh..wh..opq", ".wh...", ".wh.", "a//b", "a/./b", "l/.wh.file"]).Select(TarEntry.ToName),
    ];

    private static readonly TarEntryType[] Kinds = [TarEntryType.RegularFile, TarEntryType.Directory, TarEntryType.SymbolicLink, TarEntryType.HardLink, TarEntryType.Fifo, TarEntryType.CharacterDevice];

    private static readonly ExtractOptions[] Ways =
    [
        new() { ChangesOwner = false, Devices = DeviceRule.Refuse, Whiteouts = WhiteoutMode.None, Limits = new() { AllowsMissingEnd = true } },
        new() { KeepsKinds = true, Whiteouts = WhiteoutMode.None },
        new(),
    ];

    private readonly string root = Directory.CreateDirectory($"{Place}/keelson-fuzz-{Environment.ProcessId.ToString(CultureInfo.InvariantCulture)}").FullName;
    private readonly ReadOnlyMemory<byte>[] targets;

    public ExtractTarget()
    {
        targets = [.. ((string[])["a", "..", "../out", "../out/file", root + "/out", root + "/out/file", "/", "l", "a/b", "../../../../../../.." + root + "/out", "."]).Select(TarEntry.ToName)];
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(root, recursive: true);
    }

    public string Name => "extract";

    private static string Place => Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath();

    public void Run(ReadOnlySpan<byte> input)
    {
        if (input.Length < 1 + BytesOfEntry) return;
        string inside = root + "/in", outside = root + "/out";
        foreach (string path in (ReadOnlySpan<string>)[inside, outside])
        {
            if (Directory.Exists(path)) Directory.Delete(path, recursive: true);
            Directory.CreateDirectory(path);
        }
        File.WriteAllText(outside + "/file", "kept");
        string before = Look(outside);
        using (FdHandle directory = Files.Open(inside, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY))
        {
            try
            {
                LayerExtractor.Extract(Archive(input[1..]), directory, Ways[input[0] % Ways.Length]);
            }
            catch (ArchiveException)
            {
                // Refused, as it should be.
            }
            catch (LinuxException e) when (e.Errno is Errno.ELOOP or Errno.ENOTDIR or Errno.EISDIR or Errno.EEXIST or Errno.ENOENT or Errno.EPERM or Errno.EXDEV or Errno.ENOTEMPTY or Errno.EINVAL or Errno.EBUSY)
            {
                // The kernel's word on a name that is in the way.
            }
        }
        if (Look(outside) != before || Directory.GetFileSystemEntries(root).Length != 2) throw new InvalidOperationException("something outside of the directory has changed");
    }

    private MemoryStream Archive(ReadOnlySpan<byte> choices)
    {
        MemoryStream archive = new();
        TarWriter writer = new(archive);
        for (int i = 0; i < MostEntries && choices.Length >= (i + 1) * BytesOfEntry; i++)
        {
            ReadOnlySpan<byte> choice = choices.Slice(i * BytesOfEntry, BytesOfEntry);
            TarEntryType kind = Kinds[choice[0] % Kinds.Length];
            TarEntry entry = new()
            {
                Type = kind,
                Name = Names[choice[1] % Names.Length],
                LinkName = kind is TarEntryType.SymbolicLink or TarEntryType.HardLink ? targets[choice[2] % targets.Length] : default,
                Mode = (uint)choice[3] << 4 & 0xfff,
                Size = kind == TarEntryType.RegularFile ? 3 : 0,
            };
            writer.WriteEntry(entry);
            if (entry.Size > 0) writer.Write("new"u8);
        }
        writer.Finish();
        archive.Position = 0;
        return archive;
    }

    private static string Look(string directory)
    {
        Files.TryStatus(directory, out FileStatus own, followLink: false).ThrowIfError("stat", directory);
        string file = directory + "/file";
        Files.TryStatus(file, out FileStatus status, followLink: false).ThrowIfError("stat", file);
        return string.Create(CultureInfo.InvariantCulture, $"{string.Join(' ', Directory.GetFileSystemEntries(directory))} {File.ReadAllText(file)} {own.Mode:x} {own.Uid} {status.Mode:x} {status.Uid} {status.Links}");
    }
}
