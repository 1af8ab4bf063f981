namespace Keelson.Ttrpc;

/// <summary>A call that a server has to answer.</summary>
/// <param name="StreamId">Names the call within its connection.</param>
/// <param name="Request">What is asked.</param>
public sealed record ServerCall(uint StreamId, TtrpcRequest Request);
