namespace Keelson.Content;

/// <summary>What is wrong with a blob.</summary>
public enum ScrubProblem
{
    /// <summary>Its file is not there.</summary>
    Missing,
    /// <summary>Its file has another length.</summary>
    Length,
    /// <summary>Its bytes have another digest.</summary>
    Content,
    /// <summary>The disk cannot read it: EIO.</summary>
    Unreadable,
}
