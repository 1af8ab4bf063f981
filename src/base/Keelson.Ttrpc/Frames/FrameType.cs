namespace Keelson.Ttrpc;

/// <summary>What a frame carries.</summary>
public enum FrameType : byte
{
    /// <summary>A call: <see cref="TtrpcRequest"/>.</summary>
    Request = 1,
    /// <summary>The answer to a call: <see cref="TtrpcResponse"/>.</summary>
    Response = 2,
    /// <summary>A message of a stream.</summary>
    Data = 3,
}
