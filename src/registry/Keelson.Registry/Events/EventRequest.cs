namespace Keelson.Registry.Events;

/// <summary>The request that made something happen.</summary>
/// <param name="Id">Tells it from all others.</param>
/// <param name="Address">Address and port of the client; empty on a unix socket.</param>
/// <param name="Host">The header <c>Host</c>.</param>
/// <param name="Method">The method.</param>
/// <param name="UserAgent">The header <c>User-Agent</c>.</param>
public sealed record EventRequest(string Id, string Address, string Host, string Method, string UserAgent);
