namespace Keelson.Docker;

/// <summary>Gets a part of a stream's payload: 1 output, 2 errors, 3 an error of the engine.</summary>
public delegate void FrameWriter(int stream, ReadOnlySpan<byte> data);
