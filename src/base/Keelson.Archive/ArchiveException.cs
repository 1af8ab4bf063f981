namespace Keelson.Archive;

/// <summary>An archive cannot be read, written or unpacked: <c>extract usr/bin/env: create the file: EROFS (read-only file system)</c>.</summary>
public sealed class ArchiveException : KeelsonException
{
    /// <summary>Makes an error about an archive.</summary>
    /// <param name="kind">DataLoss: it is damaged or cut off. InvalidArgument: it says what may not be said.</param>
    /// <param name="message">Operation, object, cause.</param>
    /// <param name="inner">The error beneath.</param>
    public ArchiveException(ErrorKind kind, string message, Exception? inner = null) : base(kind, message, inner) { }
}
