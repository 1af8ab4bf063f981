using System.IO.Pipelines;
using Keelson.Build;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Cli.Building;

/// <summary>A build's context as an archive that is made while it is sent.</summary>
internal static class ContextArchive
{
    /// <summary>Opens the archive of a directory, without what its <c>.dockerignore</c> leaves out. Everything belongs to root there.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="kept">Files that go in all the same: the engine needs them, and leaves them out itself.</param>
    /// <param name="extra">A file that is not in the directory: its name and contents; <see langword="null"/> for none.</param>
    public static Stream OfDirectory(string directory, IReadOnlyCollection<string> kept, (string Name, byte[] Contents)? extra)
    {
        string file = directory + "/.dockerignore";
        IgnoreList ignore = File.Exists(file) ? IgnoreList.Parse(File.ReadAllText(file)) : IgnoreList.Empty;
        return Make(writer =>
        {
            Add(writer, directory, "", ignore, kept);
            if (extra is var (name, contents)) writer.AddFile(name, contents);
        });
    }

    /// <summary>Opens the archive of a Dockerfile alone.</summary>
    public static Stream OfDockerfile(byte[] contents) => Make(writer => writer.AddFile("Dockerfile", contents));

    private static void Add(ContextWriter writer, string directory, string prefix, IgnoreList ignore, IReadOnlyCollection<string> kept)
    {
        Directories.TryListNames(prefix.Length == 0 ? directory : $"{directory}/{prefix}", out List<string> names).ThrowIfError("list", $"{directory}/{prefix}");
        names.Sort(StringComparer.Ordinal);
        foreach (string name in names)
        {
            string path = prefix.Length == 0 ? name : $"{prefix}/{name}";
            Files.TryStatus($"{directory}/{path}", out FileStatus status, followLink: false).ThrowIfError("read", path);
            bool isOut = ignore.Excludes(path) && !kept.Contains(path);
            bool isNeeded = status.IsDirectory && isOut && (ignore.MayKeepBelow(path) || kept.Any(file => file.StartsWith(path + "/", StringComparison.Ordinal)));
            if (!isOut) writer.Add($"{directory}/{path}", path, status);
            if (status.IsDirectory && (!isOut || isNeeded)) Add(writer, directory, path, ignore, kept);
        }
    }

    private static Stream Make(Action<ContextWriter> write)
    {
        Pipe pipe = new();
        Thread thread = new(() =>
        {
            Exception? failure = null;
            try
            {
                using Stream stream = pipe.Writer.AsStream(leaveOpen: true);
                using BufferedStream buffered = new(stream, 64 << 10);
                ContextWriter writer = new(buffered);
                write(writer);
                writer.Finish();
            }
            catch (Exception e)
            {
                failure = e;
            }
            // Who sends hears why it is not whole.
            pipe.Writer.Complete(failure);
        })
        { IsBackground = true, Name = "context" };
        thread.Start();
        return pipe.Reader.AsStream();
    }
}
