namespace Keelson.Archive;

/// <summary>An extended attribute of an entry. In the archive a pax record <c>SCHILY.xattr.NAME</c>.</summary>
/// <param name="Name">Name with its namespace: <c>security.capability</c>.</param>
/// <param name="Value">Its bytes.</param>
public readonly record struct TarAttribute(ReadOnlyMemory<byte> Name, ReadOnlyMemory<byte> Value);
