namespace Keelson.Build;

/// <summary>A command of a build failed.</summary>
/// <param name="code">Its exit code.</param>
/// <param name="message">What to tell.</param>
public sealed class BuildException(int code, string message) : KeelsonException(ErrorKind.FailedPrecondition, message)
{
    /// <summary>The command's exit code.</summary>
    public int Code { get; } = code;
}
