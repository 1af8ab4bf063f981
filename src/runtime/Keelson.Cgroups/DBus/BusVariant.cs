namespace Keelson.Cgroups.DBus;

/// <summary>A value together with its type. D-Bus specification "Type System".</summary>
/// <param name="Signature">One complete type: <c>s</c>, <c>t</c>, <c>a(ss)</c>.</param>
/// <param name="Value">
/// <see cref="byte"/>, <see cref="bool"/>, the integers, <see cref="double"/>, <see cref="string"/> (s, o, g), <see cref="BusVariant"/> (v), or for arrays,
/// structures and dictionary entries an array of such values.
/// </param>
internal readonly record struct BusVariant(string Signature, object Value);
