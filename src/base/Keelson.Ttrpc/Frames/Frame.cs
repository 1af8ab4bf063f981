namespace Keelson.Ttrpc;

/// <summary>One frame that came in.</summary>
/// <param name="Header">Its header.</param>
/// <param name="Message">The message; empty when it was too long and was thrown away.</param>
public readonly record struct Frame(FrameHeader Header, ReadOnlyMemory<byte> Message)
{
    /// <summary>Whether the message was longer than <see cref="FrameHeader.MaximumMessageBytes"/>.</summary>
    public bool IsTooLong => Header.Length > FrameHeader.MaximumMessageBytes;
}
