namespace Keelson;

/// <summary>An error that names the operation, the object and the cause, in that order.</summary>
public class KeelsonException : Exception
{
    /// <summary>Makes an error of the given kind.</summary>
    /// <param name="kind">What a caller can do about it.</param>
    /// <param name="message">Operation, object, cause; lower case, no full stop.</param>
    /// <param name="inner">The error beneath; its text is not repeated in <paramref name="message"/>.</param>
    public KeelsonException(ErrorKind kind, string message, Exception? inner = null) : base(message, inner) => Kind = kind;

    /// <summary>What a caller can do about it.</summary>
    public ErrorKind Kind { get; }

    /// <summary>The messages of this error and of all beneath it, joined by <c>": "</c>.</summary>
    public string FullMessage
    {
        get
        {
            string text = Message;
            for (Exception? e = InnerException; e is not null; e = e.InnerException) text += ": " + e.Message;
            return text;
        }
    }
}
