namespace Keelson.Ttrpc;

/// <summary>A call failed, with the code and the words of the other side.</summary>
public sealed class TtrpcException : KeelsonException
{
    /// <summary>Makes an error.</summary>
    /// <param name="code">Anything but <see cref="StatusCode.Ok"/>.</param>
    /// <param name="message">What the other side says, unchanged: callers look for words in it.</param>
    /// <param name="inner">The error beneath.</param>
    public TtrpcException(StatusCode code, string message, Exception? inner = null) : base(code.ToErrorKind(), message, inner) => Code = code;

    /// <summary>The code on the wire.</summary>
    public StatusCode Code { get; }
}
