using Keelson.Linux.Sys;

namespace Keelson.Cli.Text;

/// <summary>Files and standard streams that whole archives go through.</summary>
internal static class FileStreams
{
    /// <summary>Standard input, or a file.</summary>
    /// <exception cref="KeelsonException">It cannot be read.</exception>
    public static Stream OpenInput(string? path) => Guard(path, () => path is null or "-" ? new FileStream(new Microsoft.Win32.SafeHandles.SafeFileHandle(0, ownsHandle: false), FileAccess.Read, bufferSize: 0)
        : new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0));

    /// <summary>Copies a stream to standard output, or to a file that appears under its name once it is whole.</summary>
    /// <exception cref="KeelsonException">It cannot be written; standard output is a terminal.</exception>
    public static void WriteOutput(Stream source, string? path)
    {
        byte[] buffer = new byte[64 << 10];
        int count;
        if (path is null)
        {
            while ((count = source.Read(buffer)) > 0) Output.Write(buffer.AsSpan(0, count));
            return;
        }
        string part = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, $".{Path.GetFileName(path)}.{Processes.CurrentId}");
        bool isWhole = false;
        try
        {
            using FileStream target = Guard(path, () => new FileStream(part, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0));
            while ((count = source.Read(buffer)) > 0) target.Write(buffer, 0, count);
            File.Move(part, path, overwrite: true);
            isWhole = true;
        }
        finally
        {
            if (!isWhole) File.Delete(part);
        }
    }

    /// <summary>Refuses to write an archive to a terminal.</summary>
    public static void CheckOutput(string? path)
    {
        if (path is null && Output.IsTerminal) throw new KeelsonException(ErrorKind.InvalidArgument, "write the archive: standard output is a terminal; use -o FILE or redirect it");
    }

    private static T Guard<T>(string? path, Func<T> open)
    {
        try
        {
            return open();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KeelsonException(e is FileNotFoundException or DirectoryNotFoundException ? ErrorKind.NotFound : ErrorKind.Unknown, $"open {path}: {e.Message}");
        }
    }
}
