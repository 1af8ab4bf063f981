namespace Keelson.Oci;

/// <summary>The value of a set's members: <c>{}</c>.</summary>
public sealed record EmptyObject;
