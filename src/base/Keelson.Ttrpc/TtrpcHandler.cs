namespace Keelson.Ttrpc;

/// <summary>Answers calls.</summary>
/// <param name="request">The call.</param>
/// <param name="cancellationToken">The caller's time is over, its connection ended, or the server ends.</param>
/// <returns>The result, a message of Protocol Buffers. A <see cref="KeelsonException"/> becomes an error of its kind.</returns>
public delegate ValueTask<ReadOnlyMemory<byte>> TtrpcHandler(TtrpcRequest request, CancellationToken cancellationToken);
