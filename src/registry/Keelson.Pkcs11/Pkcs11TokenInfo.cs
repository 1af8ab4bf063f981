namespace Keelson.Pkcs11;

/// <summary>A token in a slot.</summary>
/// <param name="Slot">Number of the slot, as long as the module is initialised.</param>
/// <param name="Label">The name that it was given.</param>
/// <param name="SerialNumber">Its number.</param>
/// <param name="Manufacturer">Who made it.</param>
/// <param name="Model">What it is.</param>
/// <param name="Flags">What is true of it.</param>
/// <param name="SessionLimit">Most sessions of a program; <see langword="null"/>: it does not say.</param>
public sealed record Pkcs11TokenInfo(nuint Slot, string Label, string SerialNumber, string Manufacturer, string Model, TokenFlags Flags, int? SessionLimit);
